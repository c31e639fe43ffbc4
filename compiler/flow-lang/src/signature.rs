//! Signatures of functions: the text of the table in `flow-bundle`, read and matched.

use std::collections::BTreeMap;

use flow_bundle::Type;

use crate::types::{self, Ty};

/// What an argument or a result looks like.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    /// Everything.
    Any,
    /// A type expression.
    TypeExpr,
    /// A type variable.
    Variable(char),
    Plain(Type),
    List(Box<Shape>),
    Set(Box<Shape>),
    Map(Box<Shape>),
    Nullable(Box<Shape>),
    OneOf(Vec<Shape>),
}

/// Arguments and result.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Signature {
    pub(crate) parameters: Vec<Shape>,
    /// The last parameter takes any number of arguments.
    pub(crate) variadic: bool,
    pub(crate) result: Shape,
}

/// What the type variables were found to be.
pub(crate) type Bound = BTreeMap<char, Type>;

impl Signature {
    /// Reads `join(sep: string, list: list(string)) -> string`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (head, result) = text.rsplit_once(" -> ")?;
        let inside = head.split_once('(')?.1.strip_suffix(')')?;
        let mut variadic = false;
        let mut parameters = Vec::new();
        for parameter in split_top(inside, ',').filter(|p| !p.is_empty()) {
            variadic |= parameter.starts_with("...");
            parameters.push(Shape::parse(parameter.split_once(": ")?.1)?);
        }
        Some(Self { parameters, variadic, result: Shape::parse(result)? })
    }

    /// The shape of the argument at `index`.
    pub(crate) fn parameter(&self, index: usize) -> Option<&Shape> {
        self.parameters.get(index).or_else(|| self.parameters.last().filter(|_| self.variadic))
    }
}

impl Shape {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let mut alternatives = split_top(text, '|');
        let first = alternatives.next()?;
        let rest: Vec<&str> = alternatives.collect();
        if !rest.is_empty() {
            return std::iter::once(first)
                .chain(rest)
                .map(Self::parse)
                .collect::<Option<_>>()
                .map(Self::OneOf);
        }
        if let Some(inner) = text.strip_suffix('?') {
            return Self::parse(inner).map(|s| Self::Nullable(Box::new(s)));
        }
        if let Some((word, inner)) = text.strip_suffix(')').and_then(|t| t.split_once('(')) {
            let inner = Box::new(Self::parse(inner)?);
            return match word {
                "list" => Some(Self::List(inner)),
                "set" => Some(Self::Set(inner)),
                "map" => Some(Self::Map(inner)),
                _ => None,
            };
        }
        match text {
            "any" => Some(Self::Any),
            "type" => Some(Self::TypeExpr),
            _ if text.len() == 1 => text.chars().next().map(Self::Variable),
            _ => Type::plain(text).map(Self::Plain),
        }
    }

    /// The type that literals are guided to.
    pub(crate) fn wanted(&self, bound: &Bound) -> Option<Type> {
        match self {
            Self::Plain(t) => Some(t.clone()),
            Self::Variable(v) => bound.get(v).cloned(),
            Self::List(s) => s.wanted(bound).map(Type::list),
            Self::Map(s) => s.wanted(bound).map(|t| Type::Map(Box::new(t))),
            Self::Nullable(s) => s.wanted(bound).map(Type::nullable),
            _ => None,
        }
    }

    /// Whether an argument of type `ty` fits; what its variables stand for goes into `bound`.
    pub(crate) fn takes(&self, ty: &Ty, bound: &mut Bound) -> bool {
        let data = match (self, ty) {
            (_, Ty::Error) => return true,
            (Self::Nullable(_), Ty::Null) => return true,
            (Self::Any, Ty::Of(_) | Ty::Null) => return true,
            (_, Ty::Of(t)) => t,
            _ => return false,
        };
        match self {
            Self::Any => true,
            Self::TypeExpr => false,
            Self::Plain(want) => types::fits(ty, want),
            Self::Variable(v) => {
                if matches!(data, Type::Nullable(_)) {
                    return false;
                }
                let together = match bound.get(v) {
                    None => Some(Ty::Of(data.clone())),
                    Some(so_far) => types::unify(&Ty::Of(so_far.clone()), ty),
                };
                match together {
                    Some(Ty::Of(t)) => {
                        bound.insert(*v, t);
                        true
                    }
                    _ => false,
                }
            }
            Self::List(of) => match data {
                Type::List(t) => of.takes(&Ty::Of((**t).clone()), bound),
                Type::Tuple(ts) if ts.is_empty() => true,
                Type::Tuple(ts) => types::element(ts).is_some_and(|t| of.takes(&Ty::Of(t), bound)),
                _ => false,
            },
            Self::Set(of) => match data {
                Type::Set(t) => of.takes(&Ty::Of((**t).clone()), bound),
                _ => false,
            },
            Self::Map(of) => match data {
                Type::Map(t) => of.takes(&Ty::Of((**t).clone()), bound),
                Type::Object(attributes) if attributes.is_empty() => true,
                Type::Object(attributes) => types::element(attributes.values().map(|a| &a.ty))
                    .is_some_and(|t| of.takes(&Ty::Of(t), bound)),
                _ => false,
            },
            Self::Nullable(of) => of.takes(&ty.clone().non_null(), bound),
            Self::OneOf(all) => all.iter().any(|s| {
                let mut trial = bound.clone();
                let fits = s.takes(ty, &mut trial);
                if fits {
                    *bound = trial;
                }
                fits
            }),
        }
    }

    /// The type of a result. Of an empty list comes an empty one, whatever stands in it, and of
    /// nothing but null null.
    pub(crate) fn outcome(&self, bound: &Bound) -> Ty {
        match (self.result(bound), self) {
            (Some(ty), _) => Ty::Of(ty),
            (None, Self::List(_) | Self::Set(_)) => Ty::Of(Type::Tuple(Vec::new())),
            (None, Self::Map(_)) => Ty::Of(Type::object([])),
            (None, Self::Variable(_) | Self::Nullable(_)) => Ty::Null,
            (None, _) => Ty::Error,
        }
    }

    /// The same, where everything in it is known.
    pub(crate) fn result(&self, bound: &Bound) -> Option<Type> {
        match self {
            Self::Plain(t) => Some(t.clone()),
            Self::Variable(v) => bound.get(v).cloned(),
            Self::List(s) => s.result(bound).map(Type::list),
            Self::Set(s) => s.result(bound).map(|t| Type::Set(Box::new(t))),
            Self::Map(s) => s.result(bound).map(|t| Type::Map(Box::new(t))),
            Self::Nullable(s) => s.result(bound).map(Type::nullable),
            Self::Any | Self::TypeExpr | Self::OneOf(_) => None,
        }
    }
}

/// Splits at `at` where no bracket is open.
fn split_top(text: &str, at: char) -> impl Iterator<Item = &str> {
    let mut depth = 0_i32;
    text.split(move |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        c == at && depth == 0
    })
    .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signature_of_the_table_is_read() {
        for f in flow_bundle::function::all() {
            let signature =
                Signature::parse(f.signature).unwrap_or_else(|| panic!("{}", f.signature));
            assert!(signature.variadic || Some(signature.parameters.len()) == f.max, "{}", f.name);
        }
    }

    #[test]
    fn variables_are_found_once_for_all_arguments() {
        let signature =
            Signature::parse("lookup(map: map(T), key: string, default: T) -> T").unwrap();
        let mut bound = Bound::new();
        let numbers = Ty::Of(Type::Map(Box::new(Type::Number)));
        assert!(signature.parameters[0].takes(&numbers, &mut bound));
        assert!(!signature.parameters[2].takes(&Ty::Of(Type::String), &mut bound));
        assert_eq!(signature.result.result(&bound), Some(Type::Number));
    }
}
