//! A limit on the answer's size, set before a byte of it is read.

use aws_sdk_lambda::config::ConfigBag;
use aws_sdk_lambda::config::interceptors::BeforeDeserializationInterceptorContextMut;
use aws_sdk_lambda::config::{Intercept, RuntimeComponents};
use aws_sdk_lambda::primitives::SdkBody;
use aws_smithy_runtime_api::box_error::BoxError;
use http_body_util::Limited;

/// Most bytes of an answer. Reading further fails with `LengthLimitError`.
#[derive(Debug)]
pub(super) struct Cap(pub(super) usize);

impl Intercept for Cap {
    fn name(&self) -> &'static str {
        "ResponseCap"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response_mut().body_mut();
        let whole = std::mem::replace(body, SdkBody::taken());
        *body = SdkBody::from_body_1_x(Limited::new(whole, self.0));
        Ok(())
    }
}
