-- The amounts of an effect that count: what was done, or else what was planned; none where it was done and nobody told
-- what it came to.

return function(effect)
  local done = effect.state == "partial" or effect.state == "succeeded"
  return effect.actual or not done and effect.planned or {}
end
