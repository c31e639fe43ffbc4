//! The kinds of steps, as the catalog lists them.

use std::sync::LazyLock;

use flow_bundle::catalog::{self, Parameter, StepKind};

use super::{Attribute, Child, Family, Form, Kind, one};

static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| catalog::STEPS.iter().map(kind_of).collect());

/// Every kind of step.
pub(super) fn kinds() -> impl Iterator<Item = &'static Kind> + Clone {
    KINDS.iter()
}

fn kind_of(step: &StepKind) -> Kind {
    let attributes: Vec<Attribute> = step.parameters.iter().map(attribute).collect();
    let children: &[Child] =
        if step.name == "http" { const { &[one("auth"), one("paginate")] } } else { &[] };
    Kind {
        family: Family::Step,
        word: step.name,
        // Read once and kept as long as the table.
        attributes: attributes.leak(),
        children,
        through: step.integration,
        doc: step.doc,
    }
}

fn attribute(parameter: &Parameter) -> Attribute {
    let form = match (parameter.ty, parameter.is_static) {
        _ if !parameter.words.is_empty() => Form::Word(parameter.words),
        // What a function is called is looked at more closely.
        (_, _) if parameter.name == "function" => Form::Static,
        ("string", true) => Form::Text,
        ("bool", true) => Form::Bool,
        (_, true) => Form::Static,
        (_, false) => Form::RunTime,
    };
    Attribute {
        name: parameter.name,
        form,
        required: parameter.required,
        default: parameter.default,
        takes: if parameter.words.is_empty() { parameter.ty } else { "" },
        doc: parameter.doc,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_of_a_strategy_takes_what_an_http_step_takes() {
        let call = super::super::block("call").unwrap();
        let names = |attributes: &[Attribute]| -> Vec<String> {
            let of = |a: &Attribute| format!("{} {:?} {:?}", a.name, a.form, a.default);
            attributes.iter().map(of).collect()
        };
        let http = super::super::kind(Family::Step, "http").unwrap();
        assert_eq!(names(call.attributes), names(http.attributes));
    }
}
