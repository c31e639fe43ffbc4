//! Functions on lists and sets. A set is a sorted list without duplicates.

use super::{BASE, Function};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "length",
        signature: "length(of: string | list(T) | set(T) | map(T)) -> number",
        doc: "How many code points, elements or keys.",
        example: r#"length("élève") == 5"#,
        ..BASE
    },
    Function {
        name: "contains",
        signature: "contains(list: list(T) | set(T), x: T) -> bool",
        min: 2,
        max: Some(2),
        doc: "Whether `x` is an element.",
        example: r#"contains(["a", "b"], "b") == true"#,
        ..BASE
    },
    Function {
        name: "concat",
        signature: "concat(...lists: list(T)) -> list(T)",
        min: 0,
        max: None,
        doc: "All elements of all lists, in order.",
        example: r#"concat([1], [2, 3]) == [1, 2, 3]"#,
        ..BASE
    },
    Function {
        name: "distinct",
        signature: "distinct(list: list(T)) -> list(T)",
        doc: "Each element once, where it stands first.",
        example: r#"distinct([2, 1, 2]) == [2, 1]"#,
        ..BASE
    },
    Function {
        name: "sort",
        signature: "sort(list: list(T) | set(T)) -> list(T)",
        doc: "Numbers, durations and timestamps by size, strings by bytes.",
        example: r#"sort(["b", "a"]) == ["a", "b"]"#,
        ..BASE
    },
    Function {
        name: "reverse",
        signature: "reverse(list: list(T)) -> list(T)",
        doc: "The elements from last to first.",
        example: r#"reverse([1, 2]) == [2, 1]"#,
        ..BASE
    },
    Function {
        name: "slice",
        signature: "slice(list: list(T), start: number, end: number) -> list(T)",
        min: 3,
        max: Some(3),
        doc: "From `start` up to and without `end`, counted from 0; both must lie in the list.",
        example: r#"slice([1, 2, 3], 1, 3) == [2, 3]"#,
        ..BASE
    },
    Function {
        name: "flatten",
        signature: "flatten(lists: list(list(T))) -> list(T)",
        doc: "The elements of the lists in a list; one level.",
        example: r#"flatten([[1], [2, 3]]) == [1, 2, 3]"#,
        ..BASE
    },
    Function {
        name: "compact",
        signature: "compact(list: list(T?)) -> list(T)",
        doc: "The elements that are not null.",
        example: r#"compact(["a", null]) == ["a"]"#,
        ..BASE
    },
    Function {
        name: "first",
        signature: "first(list: list(T) | set(T)) -> T?",
        doc: "The first element, null where there is none.",
        example: r#"first([7, 8]) == 7"#,
        ..BASE
    },
    Function {
        name: "one",
        signature: "one(list: list(T) | set(T)) -> T?",
        doc: "The only element, null where there is none; several are an `index` error.",
        example: r#"one([7]) == 7"#,
        ..BASE
    },
    Function {
        name: "any",
        signature: "any(list: list(bool)) -> bool",
        doc: "Whether an element is true; false for an empty list.",
        example: r#"any([false, true]) == true"#,
        ..BASE
    },
    Function {
        name: "all",
        signature: "all(list: list(bool)) -> bool",
        doc: "Whether no element is false; true for an empty list.",
        example: r#"all([true, false]) == false"#,
        ..BASE
    },
    Function {
        name: "sum",
        signature: "sum(list: list(number)) -> number",
        doc: "The sum, 0 for an empty list.",
        example: r#"sum([0.1, 0.2]) == 0.3"#,
        ..BASE
    },
    Function {
        name: "min",
        signature: "min(...of: T | list(T)) -> T",
        max: None,
        doc: "The smallest of several numbers, durations or timestamps, or of one list of them.",
        example: r#"min(3, 1, 2) == 1"#,
        ..BASE
    },
    Function {
        name: "max",
        signature: "max(...of: T | list(T)) -> T",
        max: None,
        doc: "The largest of several numbers, durations or timestamps, or of one list of them.",
        example: r#"max([3, 1, 2]) == 3"#,
        ..BASE
    },
    Function {
        name: "range",
        signature: "range(count: number) -> list(number)",
        doc: "The whole numbers from 0, `count` of them, at most 10,000.",
        example: r#"range(3) == [0, 1, 2]"#,
        ..BASE
    },
    Function {
        name: "toset",
        signature: "toset(list: list(T)) -> set(T)",
        doc: "The elements sorted and without duplicates.",
        example: r#"toset(["b", "a", "b"]) == ["a", "b"]"#,
        ..BASE
    },
];
