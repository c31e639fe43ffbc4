//! Golden bytes, and what holds for any value.

use std::collections::BTreeMap;

use super::{decode, encode};
use crate::types::Type;
use crate::value::{Number, Value};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
}

#[test]
fn values_have_the_hosts_bytes() {
    let arns = Value::strings(["a", "b"]);
    let object = Value::object([("n", Value::Null), ("s", arns.clone())]);
    let object_type = Type::object([("n", Type::Bool), ("s", Type::set(Type::String))]);
    let table = [
        (Value::Null, Type::String, "c0"),
        (Value::Unknown, Type::String, "d40000"),
        (Value::Bool(true), Type::Bool, "c3"),
        (Value::Number(Number::Int(-1)), Type::Number, "ff"),
        (Value::Number(Number::Unsigned(u64::MAX)), Type::Number, "cfffffffffffffffff"),
        (Value::Number(Number::Float(1.5)), Type::Number, "cb3ff8000000000000"),
        (Value::Number(Number::Decimal("0.1".to_owned())), Type::Number, "a3302e31"),
        (Value::from("a"), Type::String, "a161"),
        (arns, Type::set(Type::String), "92a161a162"),
        (object, object_type, "82a16ec0a17392a161a162"),
    ];
    for (value, t, expected) in table {
        assert_eq!(hex(&encode(&value)), expected, "{value:?}");
        assert_eq!(decode(&bytes(expected), &t).unwrap(), value);
    }
}

#[test]
fn what_a_host_may_send_is_read() {
    // A refined unknown: extension 12 with a map that says "not null" and a prefix.
    let refined = "c7080c8201c202a261727e";
    assert_eq!(decode(&bytes(refined), &Type::String).unwrap(), Value::Unknown);
    let unsorted = decode(&bytes("92a162a161"), &Type::set(Type::String)).unwrap();
    assert_eq!(unsorted, Value::strings(["a", "b"]));
    let ordered = decode(&bytes("92a162a161"), &Type::list(Type::String)).unwrap();
    assert_eq!(ordered, Value::strings(["b", "a"]));
}

#[test]
fn what_does_not_fit_is_refused() {
    let object = Type::object([("a", Type::String)]);
    let table = [
        ("80", object.clone(), "attribute `a` is missing"),
        ("82a161a178a162c0", object, "no attribute `b`"),
        ("a161", Type::Bool, r#""a" where the type is "bool""#),
        ("c3", Type::Number, r#"true where the type is "number""#),
        ("a1ff", Type::String, "text that is not UTF-8"),
        ("c0c0", Type::String, "1 bytes follow the value"),
    ];
    for (hex, t, message) in table {
        assert_eq!(decode(&bytes(hex), &t).unwrap_err().to_string(), message);
    }
    assert!(decode(&[], &Type::String).is_err());
}

/// A small generator with a seed, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }

    fn text(&mut self) -> String {
        (0..self.below(40)).map(|_| ['a', '/', 'é', '"', '𝄞'][self.below(5) as usize]).collect()
    }

    fn a_type(&mut self, depth: u64) -> Type {
        match self.below(if depth == 0 { 3 } else { 7 }) {
            0 => Type::Bool,
            1 => Type::Number,
            2 => Type::String,
            3 => Type::list(self.a_type(depth - 1)),
            4 => Type::set(self.a_type(depth - 1)),
            5 => Type::map(self.a_type(depth - 1)),
            _ => {
                let n = self.below(4);
                Type::Object((0..n).map(|_| (self.text(), self.a_type(depth - 1))).collect())
            }
        }
    }

    fn a_value(&mut self, t: &Type) -> Value {
        match self.below(10) {
            0 => return Value::Null,
            1 => return Value::Unknown,
            _ => {}
        }
        match t {
            Type::Bool => Value::Bool(self.below(2) == 0),
            Type::Number => Value::Number(match self.below(3) {
                0 => Number::Int(self.0 as i64),
                1 => Number::Unsigned(self.0 | 1 << 63),
                _ => Number::Float(self.0 as f64 / 3.0),
            }),
            Type::String => Value::String(self.text()),
            Type::List(t) => Value::List((0..self.below(20)).map(|_| self.a_value(t)).collect()),
            Type::Set(t) => {
                let mut all: Vec<_> = (0..self.below(20)).map(|_| self.a_value(t)).collect();
                super::sort(&mut all);
                Value::List(all)
            }
            Type::Map(t) => {
                let n = self.below(20);
                Value::Map((0..n).map(|_| (self.text(), self.a_value(t))).collect())
            }
            Type::Object(types) => {
                let all: BTreeMap<_, _> =
                    types.iter().map(|(name, t)| (name.clone(), self.a_value(t))).collect();
                Value::Map(all)
            }
        }
    }
}

#[test]
fn any_value_comes_back_as_it_was() {
    for seed in 1..3000 {
        let mut dice = Dice(seed);
        let t = dice.a_type(4);
        let value = dice.a_value(&t);
        assert_eq!(decode(&encode(&value), &t).as_ref(), Ok(&value), "seed {seed}");
        assert!(value.is_refined_by(&value), "seed {seed}");
    }
}

#[test]
fn no_bytes_crash_the_reader() {
    for seed in 1..3000 {
        let mut dice = Dice(seed);
        let t = dice.a_type(3);
        let mut bytes = encode(&dice.a_value(&t));
        let at = dice.below(bytes.len() as u64) as usize;
        bytes[at] = dice.below(256) as u8;
        bytes.truncate(at + dice.below(8) as usize + 1);
        drop(decode(&bytes, &t));
    }
}
