"""What subscriptions may be filtered by."""

from payments.selectors.subscription_sagas import with_saga_id

from .filters import Field, Fields, business_state, moment, number

FIELDS: Fields = {
    "_id": Field("saga", match=with_saga_id),
    "sagaId": Field("saga", match=with_saga_id),
    "currentState": Field("state"),
    "businessStateId": Field("business_state", business_state),
    "createdAt": Field("created_at", moment, ordered=True),
    "updatedAt": Field("updated_at", moment, ordered=True),
    "metadata.shopSubscriptionId": Field("shop_subscription_id"),
    "metadata.provider": Field("provider"),
    "metadata.paymentMethod": Field("method"),
    "metadata.currency": Field("currency"),
    "metadata.interval": Field("interval"),
    "metadata.amount": Field("amount", number, ordered=True),
}
