//! PlanResourceChange: what an apply would do.
//!
//! The rules that the host enforces are kept here for every resource, so that a mistake of a
//! resource is named where it is made.

use super::{Server, decode};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::object::Object;
use crate::path::Path;
use crate::pb::tfplugin6::DynamicValue;
use crate::pb::tfplugin6::plan_resource_change::{Request, Response};
use crate::provider::Provider;
use crate::schema::{Attribute, Schema, Source};
use crate::value::Value;

pub(super) async fn call<P: Provider>(server: &Server<P>, request: Request) -> Response {
    let planned = plan(server, &request).await.unwrap_or_else(|diagnostic| Planned {
        state: request.prior_state.clone(),
        replaces: Vec::new(),
        diagnostics: diagnostic.into(),
    });
    Response {
        planned_state: planned.state,
        requires_replace: planned.replaces.iter().map(Path::to_pb).collect(),
        planned_private: request.prior_private,
        diagnostics: planned.diagnostics.into_pb(),
    }
}

struct Planned {
    state: Option<DynamicValue>,
    replaces: Vec<Path>,
    diagnostics: Diagnostics,
}

async fn plan<P: Provider>(server: &Server<P>, request: &Request) -> Result<Planned, Diagnostic> {
    let resource = server.resource(&request.type_name)?;
    let schema = resource.schema();
    let Some(mut proposed) = decode::object(request.proposed_new_state.as_ref(), &schema)? else {
        let state = decode::value(None, &schema);
        return Ok(Planned { state, replaces: Vec::new(), diagnostics: Diagnostics::new() });
    };
    let prior = decode::object(request.prior_state.as_ref(), &schema)?;
    let config = decode::present(request.config.as_ref(), &schema)?;
    prepare(&mut proposed, &config, prior.is_none(), &schema);

    let outcome = resource.plan(server.client().ok(), prior.as_ref(), proposed).await;
    let mut diagnostics = outcome.diagnostics;
    let Some(planned) = outcome.state else {
        if !diagnostics.has_error() {
            diagnostics.push(broken("nothing was planned"));
        }
        let state = request.prior_state.clone();
        return Ok(Planned { state, replaces: Vec::new(), diagnostics });
    };
    for attribute in &schema.attributes {
        if !may_be_planned(attribute, &planned, &config, prior.as_ref()) {
            diagnostics.push(broken("another value was planned").at_attribute(attribute.name));
        }
    }
    let replaces = replaced(&schema, prior.as_ref(), &planned);
    Ok(Planned { state: decode::value(Some(planned), &schema), replaces, diagnostics })
}

/// Fills in defaults, and makes computed attributes of something new unknown.
fn prepare(proposed: &mut Object, config: &Object, is_new: bool, schema: &Schema) {
    for attribute in &schema.attributes {
        match &attribute.source {
            Source::Default(value) if *config.value(attribute.name) == Value::Null => {
                proposed.set(attribute.name, value.clone());
            }
            Source::Computed if is_new => proposed.set(attribute.name, Value::Unknown),
            Source::Required | Source::Optional | Source::Default(_) | Source::Computed => {}
        }
    }
}

/// What the user wrote is planned as written, or stays as it was.
fn may_be_planned(
    attribute: &Attribute,
    planned: &Object,
    config: &Object,
    prior: Option<&Object>,
) -> bool {
    let (planned, config) = (planned.value(attribute.name), config.value(attribute.name));
    match attribute.source {
        Source::Computed => true,
        Source::Default(_) if *config == Value::Null => true,
        Source::Required | Source::Optional | Source::Default(_) => {
            planned == config || prior.is_some_and(|prior| planned == prior.value(attribute.name))
        }
    }
}

fn replaced(schema: &Schema, prior: Option<&Object>, planned: &Object) -> Vec<Path> {
    let Some(prior) = prior else { return Vec::new() };
    let replacing = schema.attributes.iter().filter(|attribute| attribute.replaces);
    replacing
        .filter(|attribute| prior.value(attribute.name) != planned.value(attribute.name))
        .map(|attribute| Path::attribute(attribute.name))
        .collect()
}

fn broken(what: &str) -> Diagnostic {
    Diagnostic::error(
        "Fault in the provider",
        format!("{what} than the configuration says; please report this"),
    )
}
