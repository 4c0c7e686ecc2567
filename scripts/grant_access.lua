-- Give somebody a role on one order.
local roles = require "tenure.roles"

return function(ctx)
  return roles.grant(ctx.item, {
    principal = ctx.with.principal, principal_type = ctx.with.principal_type, role = ctx.with.role,
  })
end
