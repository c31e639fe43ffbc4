//! Functions on lists and sets. A set is a sorted list without duplicates.

use rust_decimal::Decimal;

use super::{Arguments, BASE, Function};
use crate::decimal;
use crate::eval::{EvalError, Evaluated, compare, conversion, count, index, overflow, too_large};
use crate::limits::RANGE;
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "length",
        signature: "length(of: string | list(T) | set(T) | map(T)) -> number",
        doc: "How many code points, elements or keys.",
        example: r#"length("élève") == 5"#,
        call: length,
        ..BASE
    },
    Function {
        name: "contains",
        signature: "contains(list: list(T) | set(T), x: T) -> bool",
        min: 2,
        max: Some(2),
        doc: "Whether `x` is an element.",
        example: r#"contains(["a", "b"], "b") == true"#,
        call: contains,
        ..BASE
    },
    Function {
        name: "concat",
        signature: "concat(...lists: list(T)) -> list(T)",
        min: 0,
        max: None,
        doc: "All elements of all lists, in order.",
        example: r#"concat([1], [2, 3]) == [1, 2, 3]"#,
        call: concat,
        ..BASE
    },
    Function {
        name: "distinct",
        signature: "distinct(list: list(T)) -> list(T)",
        doc: "Each element once, where it stands first.",
        example: r#"distinct([2, 1, 2]) == [2, 1]"#,
        call: distinct,
        ..BASE
    },
    Function {
        name: "sort",
        signature: "sort(list: list(T) | set(T)) -> list(T)",
        doc: "Numbers, durations and timestamps by size, strings by bytes.",
        example: r#"sort(["b", "a"]) == ["a", "b"]"#,
        call: sort,
        ..BASE
    },
    Function {
        name: "reverse",
        signature: "reverse(list: list(T)) -> list(T)",
        doc: "The elements from last to first.",
        example: r#"reverse([1, 2]) == [2, 1]"#,
        call: reverse,
        ..BASE
    },
    Function {
        name: "slice",
        signature: "slice(list: list(T), start: number, end: number) -> list(T)",
        min: 3,
        max: Some(3),
        doc: "From `start` up to and without `end`, counted from 0; both must lie in the list.",
        example: r#"slice([1, 2, 3], 1, 3) == [2, 3]"#,
        call: slice,
        ..BASE
    },
    Function {
        name: "flatten",
        signature: "flatten(lists: list(list(T))) -> list(T)",
        doc: "The elements of the lists in a list; one level.",
        example: r#"flatten([[1], [2, 3]]) == [1, 2, 3]"#,
        call: flatten,
        ..BASE
    },
    Function {
        name: "compact",
        signature: "compact(list: list(T?)) -> list(T)",
        doc: "The elements that are not null.",
        example: r#"compact(["a", null]) == ["a"]"#,
        call: compact,
        ..BASE
    },
    Function {
        name: "first",
        signature: "first(list: list(T) | set(T)) -> T?",
        doc: "The first element, null where there is none.",
        example: r#"first([7, 8]) == 7"#,
        call: first,
        ..BASE
    },
    Function {
        name: "one",
        signature: "one(list: list(T) | set(T)) -> T?",
        doc: "The only element, null where there is none; several are an `index` error.",
        example: r#"one([7]) == 7"#,
        call: one,
        ..BASE
    },
    Function {
        name: "any",
        signature: "any(list: list(bool)) -> bool",
        doc: "Whether an element is true; false for an empty list.",
        example: r#"any([false, true]) == true"#,
        call: any,
        ..BASE
    },
    Function {
        name: "all",
        signature: "all(list: list(bool)) -> bool",
        doc: "Whether no element is false; true for an empty list.",
        example: r#"all([true, false]) == false"#,
        call: all,
        ..BASE
    },
    Function {
        name: "sum",
        signature: "sum(list: list(number)) -> number",
        doc: "The sum, 0 for an empty list.",
        example: r#"sum([0.1, 0.2]) == 0.3"#,
        call: sum,
        ..BASE
    },
    Function {
        name: "min",
        signature: "min(...of: T | list(T)) -> T",
        max: None,
        doc: "The smallest of several numbers, durations or timestamps, or of one list of them.",
        example: r#"min(3, 1, 2) == 1"#,
        call: min,
        ..BASE
    },
    Function {
        name: "max",
        signature: "max(...of: T | list(T)) -> T",
        max: None,
        doc: "The largest of several numbers, durations or timestamps, or of one list of them.",
        example: r#"max([3, 1, 2]) == 3"#,
        call: max,
        ..BASE
    },
    Function {
        name: "range",
        signature: "range(count: number) -> list(number)",
        doc: "The whole numbers from 0, `count` of them, at most 10,000.",
        example: r#"range(3) == [0, 1, 2]"#,
        call: range,
        ..BASE
    },
    Function {
        name: "toset",
        signature: "toset(list: list(T)) -> set(T)",
        doc: "The elements sorted and without duplicates.",
        example: r#"toset(["b", "a", "b"]) == ["a", "b"]"#,
        call: toset,
        ..BASE
    },
];

fn length(a: Arguments) -> Evaluated {
    let n = match a.at(0)? {
        Value::String(s) => s.chars().count(),
        Value::List(items) => items.len(),
        Value::Map(map) => map.len(),
        _ => return Err(a.misfit(0, "a string, list or map")),
    };
    Ok(Value::Number(n.into()))
}

fn contains(a: Arguments) -> Evaluated {
    let wanted = a.at(1)?;
    Ok(Value::Bool(a.list(0)?.iter().any(|v| compare::equal(v, wanted))))
}

fn concat(a: Arguments) -> Evaluated {
    let lists = (0..a.values.len()).map(|i| a.list(i)).collect::<Result<Vec<_>, _>>()?;
    Ok(Value::List(lists.concat()))
}

fn distinct(a: Arguments) -> Evaluated {
    let items = a.list(0)?;
    let mut places: Vec<usize> = (0..items.len()).collect();
    let order = |x: &usize, y: &usize| match (items.get(*x), items.get(*y)) {
        (Some(x), Some(y)) => compare::order(x, y),
        _ => std::cmp::Ordering::Equal,
    };
    places.sort_by(order);
    places.dedup_by(|later, first| order(later, first).is_eq());
    places.sort_unstable();
    Ok(Value::List(places.into_iter().filter_map(|i| items.get(i).cloned()).collect()))
}

fn sort(a: Arguments) -> Evaluated {
    let mut items = a.list(0)?.to_vec();
    for item in &items {
        ordered(item)?;
    }
    items.sort_by(compare::order);
    Ok(Value::List(items))
}

fn reverse(a: Arguments) -> Evaluated {
    Ok(Value::List(a.list(0)?.iter().rev().cloned().collect()))
}

fn slice(a: Arguments) -> Evaluated {
    let (start, end) = (count(a.number(1)?, "the start")?, count(a.number(2)?, "the end")?);
    let items = a.list(0)?;
    items.get(start..end).map(|s| Value::List(s.to_vec())).ok_or_else(|| {
        index(format!("there is no slice {start} to {end}, the list has {}", items.len()))
    })
}

fn flatten(a: Arguments) -> Evaluated {
    let mut all = Vec::new();
    for item in a.list(0)? {
        match item {
            Value::List(items) => all.extend(items.iter().cloned()),
            other => {
                return Err(conversion(format!("an element is {}, not a list", other.kind())));
            }
        }
    }
    Ok(Value::List(all))
}

fn compact(a: Arguments) -> Evaluated {
    let items = a.list(0)?.iter().filter(|v| **v != Value::Null);
    Ok(Value::List(items.cloned().collect()))
}

fn first(a: Arguments) -> Evaluated {
    Ok(a.list(0)?.first().cloned().unwrap_or(Value::Null))
}

fn one(a: Arguments) -> Evaluated {
    match a.list(0)? {
        [] => Ok(Value::Null),
        [only] => Ok(only.clone()),
        many => Err(index(format!("there are {} elements, not one", many.len()))),
    }
}

fn bools(a: &Arguments) -> Result<Vec<bool>, EvalError> {
    let items = a.list(0)?.iter().map(|v| match v {
        Value::Bool(b) => Ok(*b),
        other => Err(conversion(format!("an element is {}, not a bool", other.kind()))),
    });
    items.collect()
}

fn any(a: Arguments) -> Evaluated {
    Ok(Value::Bool(bools(&a)?.contains(&true)))
}

fn all(a: Arguments) -> Evaluated {
    Ok(Value::Bool(!bools(&a)?.contains(&false)))
}

fn sum(a: Arguments) -> Evaluated {
    let mut total = Decimal::ZERO;
    for item in a.list(0)? {
        let Value::Number(n) = item else {
            return Err(conversion(format!("an element is {}, not a number", item.kind())));
        };
        total =
            decimal::add(total, *n).ok_or_else(|| overflow("the sum needs more than 28 digits"))?;
    }
    Ok(Value::Number(total))
}

fn min(a: Arguments) -> Evaluated {
    extreme(&a, std::cmp::Ordering::Less)
}

fn max(a: Arguments) -> Evaluated {
    extreme(&a, std::cmp::Ordering::Greater)
}

fn extreme(a: &Arguments, wanted: std::cmp::Ordering) -> Evaluated {
    let items = match a.values.as_slice() {
        [Value::List(items)] => items.as_slice(),
        several => several,
    };
    let mut best: Option<&Value> = None;
    for item in items {
        ordered(item)?;
        if best.is_none_or(|b| compare::order(item, b) == wanted) {
            best = Some(item);
        }
    }
    best.cloned().ok_or_else(|| index("the list is empty"))
}

/// Refuses what has no natural order.
fn ordered(value: &Value) -> Result<(), EvalError> {
    match value {
        Value::Number(_) | Value::Duration(_) | Value::Timestamp(_) | Value::String(_) => Ok(()),
        other => Err(conversion(format!("{} has no order", other.kind()))),
    }
}

fn range(a: Arguments) -> Evaluated {
    let n = count(a.number(0)?, "the count")?;
    if n > RANGE {
        return Err(too_large());
    }
    Ok(Value::List((0..n).map(|i| Value::Number(i.into())).collect()))
}

fn toset(a: Arguments) -> Evaluated {
    Ok(Value::List(compare::to_set(a.list(0)?.to_vec())))
}
