//! A small reader of expressions, so that tables in tests can be read. The language's own parser is
//! in the compiler; this one knows no templates, `for` or `let`.

use crate::expr::{BinaryOp, Expr, UnaryOp};
use crate::function;
use crate::types::Type;

/// Reads an expression; panics with the rest of the text where it is none.
pub fn expr(text: &str) -> Expr {
    let mut reader = Reader { rest: text };
    let expr = reader.choice();
    assert!(reader.rest.trim().is_empty(), "left over in `{text}`: `{}`", reader.rest);
    expr
}

struct Reader<'t> {
    rest: &'t str,
}

/// From weak to strong.
const LEVELS: [&[&str]; 6] =
    [&["||"], &["&&"], &["==", "!="], &["<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"]];

impl Reader<'_> {
    fn take(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn want(&mut self, token: &str) {
        assert!(self.take(token), "`{token}` wanted before `{}`", self.rest);
    }

    fn choice(&mut self) -> Expr {
        let condition = self.binary(0);
        if !self.take("?") {
            return condition;
        }
        let then = self.choice();
        self.want(":");
        Expr::If(Box::new(condition), Box::new(then), Box::new(self.choice()))
    }

    fn binary(&mut self, level: usize) -> Expr {
        let Some(ops) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1);
        while let Some(text) = ops.iter().find(|op| self.take(op)) {
            let op = BinaryOp::ALL.iter().find(|(_, t)| t == text).unwrap().0;
            left = Expr::Binary(op, Box::new(left), Box::new(self.binary(level + 1)));
        }
        left
    }

    fn unary(&mut self) -> Expr {
        for (text, op) in [("!", UnaryOp::Not), ("-", UnaryOp::Negate)] {
            if self.take(text) {
                return Expr::Unary(op, Box::new(self.unary()));
            }
        }
        let mut expr = self.primary();
        loop {
            if self.take("[*]") {
                let mut names = Vec::new();
                while self.take(".") {
                    names.push(self.name());
                }
                expr = Expr::Splat(Box::new(expr), names);
            } else if self.take("[") {
                let at = self.choice();
                self.want("]");
                expr = Expr::At(Box::new(expr), Box::new(at));
            } else if self.take(".") {
                expr = Expr::Attr(Box::new(expr), self.name());
            } else {
                return expr;
            }
        }
    }

    fn until(&mut self, end: &str) -> Vec<Expr> {
        let mut items = Vec::new();
        while !self.take(end) {
            items.push(self.choice());
            let _ = self.take(",");
        }
        items
    }

    fn primary(&mut self) -> Expr {
        self.rest = self.rest.trim_start();
        if self.take("(") {
            let inner = self.choice();
            self.want(")");
            return inner;
        }
        if self.take("[") {
            return Expr::List(self.until("]"));
        }
        if self.take("{") {
            let mut items = Vec::new();
            while !self.take("}") {
                let name = self.name();
                self.want("=");
                items.push((name, self.choice()));
                let _ = self.take(",");
            }
            return Expr::Object(items);
        }
        if self.rest.starts_with('"') {
            let mut stream = serde_json::Deserializer::from_str(self.rest).into_iter::<String>();
            let text = stream.next().unwrap().unwrap();
            self.rest = &self.rest[stream.byte_offset()..];
            return Expr::String(text);
        }
        if self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            let end = self.rest.find(|c: char| !c.is_ascii_digit() && c != '.');
            let (digits, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
            self.rest = rest;
            return Expr::Number(crate::decimal::parse(digits).unwrap());
        }
        let name = self.name();
        if self.take("(") {
            return self.call(&name);
        }
        match name.as_str() {
            "null" => Expr::Null,
            "true" => Expr::Bool(true),
            "false" => Expr::Bool(false),
            _ => {
                let mut path = vec![name];
                while self.take(".") {
                    path.push(self.name());
                }
                Expr::Get(path)
            }
        }
    }

    fn call(&mut self, name: &str) -> Expr {
        if name == "as" {
            let data = self.choice();
            self.want(",");
            let mut stream =
                serde_json::Deserializer::from_str(self.rest).into_iter::<serde_json::Value>();
            let ty = Type::from_json(&stream.next().unwrap().unwrap()).unwrap();
            self.rest = &self.rest[stream.byte_offset()..];
            self.want(")");
            return Expr::As(Box::new(data), ty);
        }
        let mut args = self.until(")");
        match name {
            "can" => Expr::Can(Box::new(args.remove(0))),
            "try" => {
                let default = args.remove(1);
                Expr::Try(Box::new(args.remove(0)), Box::new(default))
            }
            _ => {
                let function = function::find(name).unwrap_or_else(|| panic!("no `{name}`"));
                assert!(function.takes(args.len()), "{}", function.signature);
                Expr::Call(function.id(), args)
            }
        }
    }

    fn name(&mut self) -> String {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        assert!(!name.is_empty(), "a name wanted before `{}`", self.rest);
        self.rest = rest;
        name.to_owned()
    }
}

/// A bundle that declares nothing.
pub fn empty() -> crate::bundle::Bundle {
    use crate::bundle::{Bundle, FORMAT, IR, Identities, LANGUAGE, Reach};
    use std::collections::BTreeMap;
    Bundle {
        environments: BTreeMap::new(),
        flows: BTreeMap::new(),
        format: FORMAT,
        groups: BTreeMap::new(),
        identities: Identities::default(),
        integrations: BTreeMap::new(),
        ir: IR,
        language: LANGUAGE,
        messages: BTreeMap::new(),
        moved: Vec::new(),
        name: "empty".to_owned(),
        reach: Reach::default(),
        required_runtime: None,
        secrets: BTreeMap::new(),
        strategies: BTreeMap::new(),
        targets: BTreeMap::new(),
        tz: String::new(),
    }
}
