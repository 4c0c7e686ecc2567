-- The refusals of a refund that support can decide otherwise, each in words. What a guard, a drift or a person stopped
-- is not support's to decide.
return {
  SelfServiceRefundNotSupported = "self-service does not refund it",
  RefundLimitExceeded = "it is above the limit of self-service refunds",
  limit = "it is above what is left of the limit of self-service refunds",
}
