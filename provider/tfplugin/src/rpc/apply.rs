//! ApplyResourceChange: makes, changes or deletes.
//!
//! What comes back is checked against the plan here too: the host would blame the provider in words
//! that help nobody.

use super::{Server, decode};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::object::Object;
use crate::pb::tfplugin6::DynamicValue;
use crate::pb::tfplugin6::apply_resource_change::{Request, Response};
use crate::provider::Provider;
use crate::resource::Outcome;
use crate::schema::Schema;

pub(super) async fn call<P: Provider>(server: &Server<P>, request: Request) -> Response {
    let (new_state, diagnostics) = match apply(server, &request).await {
        Ok(answer) => answer,
        Err(diagnostic) => (request.prior_state, diagnostic.into()),
    };
    Response { new_state, private: request.planned_private, diagnostics: diagnostics.into_pb() }
}

async fn apply<P: Provider>(
    server: &Server<P>,
    request: &Request,
) -> Result<(Option<DynamicValue>, Diagnostics), Diagnostic> {
    let resource = server.resource(&request.type_name)?;
    let schema = resource.schema();
    let client = server.client()?;
    let prior = decode::object(request.prior_state.as_ref(), &schema)?;
    let planned = decode::object(request.planned_state.as_ref(), &schema)?;
    let wanted = planned.clone();
    let mut outcome = match (prior, planned) {
        (None, Some(planned)) => resource.create(client, planned, &server.stop).await,
        (Some(prior), Some(planned)) => resource.update(client, prior, planned, &server.stop).await,
        (Some(prior), None) => resource.delete(client, prior, &server.stop).await,
        (None, None) => Outcome::gone(),
    };
    if !outcome.diagnostics.has_error() {
        let faults = faults(&schema, wanted.as_ref(), outcome.state.as_ref());
        outcome.diagnostics.append(faults);
    }
    Ok((decode::value(outcome.state, &schema), outcome.diagnostics))
}

fn faults(schema: &Schema, wanted: Option<&Object>, got: Option<&Object>) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let (wanted, got) = match (wanted, got) {
        (None, None) => return diagnostics,
        (Some(wanted), Some(got)) => (wanted, got),
        (Some(_), None) => return fault("nothing is there after the apply").into(),
        (None, Some(_)) => return fault("something is left after the destroy").into(),
    };
    for attribute in &schema.attributes {
        let (wanted, got) = (wanted.value(attribute.name), got.value(attribute.name));
        if !got.is_wholly_known() {
            diagnostics.push(fault("a value is not known").at_attribute(attribute.name));
        } else if !wanted.is_refined_by(got) {
            diagnostics.push(fault("a value is not the planned one").at_attribute(attribute.name));
        }
    }
    diagnostics
}

fn fault(what: &str) -> Diagnostic {
    Diagnostic::error("Fault in the provider", format!("{what}; please report this"))
}
