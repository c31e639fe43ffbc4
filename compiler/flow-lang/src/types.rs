//! Types while checking: what the bundle's types say, plus what only the compiler needs.
//!
//! `error` is the type of what could not be understood. It fits everywhere and silences
//! follow-ups. There is no implicit conversion: what fits where is [`fits`], and nothing else.

use std::fmt;

use flow_bundle::Type;
use flow_bundle::types::Attribute;

/// A type as the checker sees it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ty {
    /// Already reported; fits everywhere.
    Error,
    /// The literal `null`.
    Null,
    /// Data.
    Of(Type),
    /// A declaration that is no value: `integration.slack.main`, `approval.x`, `strategy.x.y`.
    Declaration(&'static str, String),
}

impl Ty {
    pub(crate) fn is_error(&self) -> bool {
        matches!(self, Self::Error)
    }

    /// The data type, if it is one.
    pub(crate) fn data(&self) -> Option<&Type> {
        match self {
            Self::Of(t) => Some(t),
            Self::Error | Self::Null | Self::Declaration(..) => None,
        }
    }

    /// Without its `?`.
    pub(crate) fn non_null(self) -> Self {
        match self {
            Self::Of(Type::Nullable(t)) => Self::Of(*t),
            other => other,
        }
    }

    pub(crate) fn is_nullable(&self) -> bool {
        matches!(self, Self::Null | Self::Of(Type::Nullable(_)))
    }
}

impl From<Type> for Ty {
    fn from(ty: Type) -> Self {
        Self::Of(ty)
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error => f.write_str("unknown"),
            Self::Null => f.write_str("null"),
            Self::Of(t) => t.fmt(f),
            Self::Declaration(word, _) => write!(f, "a reference to `{word}`"),
        }
    }
}

/// More characters of a type are cut in a sentence.
const SHOWN_MAX: usize = 70;

/// A type as part of a sentence: those that nobody can write have words instead of a name.
pub(crate) fn words(ty: &Type) -> String {
    match ty {
        Type::Principals => "a set of people".to_owned(),
        Type::Principal => "a channel or people".to_owned(),
        Type::Secret => "a secret".to_owned(),
        Type::Group => "a group".to_owned(),
        Type::Tuple(_) => "a list".to_owned(),
        Type::List(of) | Type::Set(of) if matches!(**of, Type::Enum(_)) => {
            format!("a list, each {},", words(of))
        }
        Type::Nullable(of) => format!("{}, or null", words(of)),
        Type::Enum(choices) => {
            let some: Vec<String> = choices.iter().take(6).map(|w| format!("\"{w}\"")).collect();
            let more = if choices.len() > 6 { ", …" } else { "" };
            format!("one of {}{more}", some.join(", "))
        }
        other => {
            let name = other.to_string();
            match name.char_indices().nth(SHOWN_MAX) {
                Some((end, _)) => format!("`{}…`", name.get(..end).unwrap_or_default()),
                None => format!("`{name}`"),
            }
        }
    }
}

/// What was found, as part of a sentence.
pub(crate) fn words_of(ty: &Ty) -> String {
    match ty {
        Ty::Of(ty) => words(ty),
        Ty::Null => "`null`".to_owned(),
        Ty::Declaration(word, _) => format!("the {word} itself"),
        Ty::Error => "unknown".to_owned(),
    }
}

/// Whether a value of type `from` may stand where `to` is wanted.
pub(crate) fn fits(from: &Ty, to: &Type) -> bool {
    match from {
        Ty::Error => true,
        Ty::Null => matches!(to, Type::Nullable(_) | Type::Json | Type::Principals),
        Ty::Of(from) => data_fits(from, to),
        Ty::Declaration(..) => false,
    }
}

fn data_fits(from: &Type, to: &Type) -> bool {
    if from == to {
        return true;
    }
    match (from, to) {
        (Type::Nullable(a), Type::Nullable(b)) => data_fits(a, b),
        // Null is an empty set.
        (Type::Nullable(a), Type::Principals) => matches!(**a, Type::User | Type::Principals),
        (Type::Nullable(a), Type::Json) => data_fits(a, to),
        (_, Type::Nullable(b)) => data_fits(from, b),
        (Type::Enum(_), Type::String) => true,
        (Type::Enum(a), Type::Enum(b)) => a.iter().all(|w| b.contains(w)),
        (Type::User | Type::Group, Type::Principals | Type::Principal)
        | (Type::Channel | Type::Principals, Type::Principal) => true,
        (Type::List(a) | Type::Set(a), Type::Principals | Type::Principal) => **a == Type::User,
        (Type::Tuple(of), Type::Principals | Type::Principal) => {
            of.iter().all(|t| *t == Type::User)
        }
        (Type::List(a), Type::List(b))
        | (Type::Set(a), Type::Set(b))
        | (Type::Map(a), Type::Map(b)) => data_fits(a, b),
        (Type::Tuple(of), Type::List(b) | Type::Set(b)) => of.iter().all(|t| data_fits(t, b)),
        (Type::Tuple(a), Type::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| data_fits(a, b))
        }
        (Type::Object(of), Type::Map(b)) => of.values().all(|a| data_fits(&a.ty, b)),
        (Type::Object(a), Type::Object(b)) => b.iter().all(|(name, want)| match a.get(name) {
            Some(have) => data_fits(&have.ty, &want.ty),
            None => want.optional.is_some(),
        }),
        (Type::Object(of), Type::Json) => of.values().all(|a| data_fits(&a.ty, to)),
        (Type::Tuple(of), Type::Json) => of.iter().all(|t| data_fits(t, to)),
        (Type::List(of) | Type::Set(of) | Type::Map(of), Type::Json) => data_fits(of, to),
        (
            Type::Bool
            | Type::Number
            | Type::String
            | Type::Duration
            | Type::Timestamp
            | Type::User
            | Type::Target
            | Type::Enum(_)
            | Type::Sensitive(_),
            Type::Json,
        ) => true,
        _ => false,
    }
}

/// The type that holds both, if there is one: of two branches, of a list's elements.
pub(crate) fn unify(a: &Ty, b: &Ty) -> Option<Ty> {
    match (a, b) {
        (Ty::Error, _) | (_, Ty::Error) => Some(Ty::Error),
        (Ty::Null, Ty::Null) => Some(Ty::Null),
        (Ty::Null, Ty::Of(t)) | (Ty::Of(t), Ty::Null) => Some(Ty::Of(t.clone().nullable())),
        (Ty::Of(a), Ty::Of(b)) => unify_data(a, b).map(Ty::Of),
        _ => None,
    }
}

fn unify_data(a: &Type, b: &Type) -> Option<Type> {
    if a == b || data_fits(a, b) {
        return Some(b.clone());
    }
    if data_fits(b, a) {
        return Some(a.clone());
    }
    match (a, b) {
        (Type::Nullable(a), b) | (b, Type::Nullable(a)) => unify_data(a, b).map(Type::nullable),
        (Type::Enum(a), Type::Enum(b)) => {
            let mut words = a.clone();
            words.extend(b.iter().filter(|w| !a.contains(w)).cloned());
            Some(Type::Enum(words))
        }
        (Type::Tuple(a), Type::Tuple(b)) => {
            let all = a.iter().chain(b);
            element(all).map(Type::list)
        }
        (Type::List(a), Type::List(b)) => unify_data(a, b).map(Type::list),
        (Type::List(l), Type::Tuple(of)) | (Type::Tuple(of), Type::List(l)) => {
            element(of.iter().chain(std::iter::once(&**l))).map(Type::list)
        }
        (Type::Object(a), Type::Object(b)) if a.keys().eq(b.keys()) => {
            let mut out = std::collections::BTreeMap::new();
            for ((name, a), b) in a.iter().zip(b.values()) {
                let ty = unify_data(&a.ty, &b.ty)?;
                out.insert(name.clone(), Attribute { ty, optional: a.optional.clone() });
            }
            Some(Type::Object(out))
        }
        (
            Type::User | Type::Group | Type::Principals | Type::List(_) | Type::Tuple(_),
            Type::User | Type::Group | Type::Principals | Type::List(_) | Type::Tuple(_),
        ) if data_fits(a, &Type::Principals) && data_fits(b, &Type::Principals) => {
            Some(Type::Principals)
        }
        _ => None,
    }
}

/// The one type of all these, if there is one.
pub(crate) fn element<'a>(of: impl IntoIterator<Item = &'a Type>) -> Option<Type> {
    let mut of = of.into_iter();
    let first = of.next()?.clone();
    of.try_fold(first, |so_far, next| unify_data(&so_far, next))
}

/// Whether a value of this type may stand in a template.
pub(crate) fn is_interpolable(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Bool
            | Type::Number
            | Type::String
            | Type::Duration
            | Type::Timestamp
            | Type::User
            | Type::Channel
            | Type::Enum(_)
            | Type::Sensitive(_)
    )
}

/// Whether `==` makes sense between the two.
pub(crate) fn comparable(a: &Ty, b: &Ty) -> bool {
    let plain = |t: &Ty| match t.clone().non_null() {
        Ty::Of(Type::Enum(_)) => Ty::Of(Type::String),
        other => other,
    };
    match (plain(a), plain(b)) {
        (Ty::Error, _) | (_, Ty::Error) => true,
        // Only what can be null is worth a comparison with it.
        (Ty::Null, _) | (_, Ty::Null) => true,
        (Ty::Of(a), Ty::Of(b)) => data_fits(&a, &b) || data_fits(&b, &a),
        _ => false,
    }
}
