-- Microsoft's SDKs for JavaScript against the simulator: they notice nothing, and do what our host does.
local sdk = require "sdk"

sdk.specify("Microsoft's SDKs for JavaScript", "node", "client.js")
