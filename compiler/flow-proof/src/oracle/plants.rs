//! Solvers with a planted fault: the real one, shown a bundle from which something is missing.
//!
//! To add a plant: a function that hides something, and its row in [`ALL`].

use flow_bundle::bundle::{Approval, Bundle, Flow, HookEvent, OnTimeout, Statement, Verdict};
use flow_bundle::expr::{BinaryOp, Expr, SetName};
use flow_bundle::number::Count;
use flow_bundle::types::Type;
use rust_decimal::Decimal;

/// What a solver does not see.
pub(super) struct Plant {
    /// The claim that is proved wrongly.
    pub(super) claim: &'static str,
    pub(super) says: &'static str,
    pub(super) blind: fn(&mut Bundle),
    /// The same in the newer of two versions, beside the older.
    pub(super) blind_next: fn(&Bundle, &mut Bundle),
}

/// No fault.
pub(super) const NONE: Plant = Plant { claim: "", says: "", blind: |_| {}, blind_next: |_, _| {} };

const fn plant(claim: &'static str, says: &'static str, blind: fn(&mut Bundle)) -> Plant {
    Plant { claim, says, blind, ..NONE }
}

const fn next(says: &'static str, blind_next: fn(&Bundle, &mut Bundle)) -> Plant {
    Plant { claim: "P9", says, blind_next, ..NONE }
}

/// Every plant.
pub(super) const ALL: &[Plant] = &[
    plant("P1", "takes every stage for needed", |b| stages(b, |s| s.when = Expr::Bool(true))),
    plant("P1", "does not see that a stage is skipped", |b| {
        stages(b, |s| {
            if s.on_timeout == OnTimeout::Skip {
                s.on_timeout = OnTimeout::Expire;
            }
        });
    }),
    plant("P1", "takes the lowest quorum for 1", |b| {
        stages(b, |s| s.rules.iter_mut().for_each(|r| r.quorum = Expr::Number(Decimal::ONE)));
    }),
    plant("P1", "does not see decisions that approve", |b| {
        body(b).retain(|s| !matches!(s, Statement::Decision(d) if d.verdict == Verdict::Approve));
    }),
    plant("P1", "reads decisions from the end", |b| body(b).reverse()),
    plant("P1", "does not see what is denied", |b| {
        body(b).retain(|s| matches!(s, Statement::Decision(d) if d.verdict == Verdict::Approve));
    }),
    plant("P1", "believes what is declared of any flow", |b| flow(b).auto = true),
    plant("P1", "takes `<=` for `<`", |b| {
        conditions(b, &|e| {
            if let Expr::Binary(op @ BinaryOp::LessOrEqual, ..) = e {
                *op = BinaryOp::Less;
            }
        });
    }),
    plant("P1", "takes `&&` for `||`", |b| {
        conditions(b, &|e| {
            if let Expr::Binary(op @ BinaryOp::And, ..) = e {
                *op = BinaryOp::Or;
            }
        });
    }),
    plant("P1", "forgets that a field may be empty", |b| {
        flow(b).fields.iter_mut().for_each(|f| f.required = Expr::Bool(true));
    }),
    plant("P1", "forgets the last word of a closed field", |b| {
        for field in &mut flow(b).fields {
            if let Type::Enum(words) = &mut field.ty {
                words.pop();
            }
        }
    }),
    plant("P1", "forgets the largest number", |b| {
        for field in flow(b).fields.iter_mut().filter(|f| f.ty == Type::Number) {
            field.limits.max = Some(Decimal::TWO);
        }
    }),
    plant("P1", "does not see break-glass", |b| flow(b).break_glass = None),
    plant("P1", "does not see who approves an extension", |b| {
        if let Some(extend) = &mut flow(b).grant.as_mut().unwrap().extend {
            extend.approval = "same".to_owned();
        }
    }),
    plant("P5", "forgets that a grant can be made longer", |b| {
        flow(b).grant.as_mut().unwrap().extend = None;
    }),
    plant("P1", "takes every field for filled in", |b| {
        for field in &mut flow(b).fields {
            field.visible = Expr::Bool(true);
            field.required = Expr::Bool(true);
        }
    }),
    plant("P1", "takes what options offered once for all there is", |b| {
        for field in flow(b).fields.iter_mut().filter(|f| f.options.is_some()) {
            field.ty = Type::Enum(vec!["u".to_owned(), "v".to_owned()]);
        }
    }),
    plant("P5", "forgets what a stage waits for", |b| stages(b, |s| s.after.clear())),
    plant("P5", "forgets the time of who takes over", |b| {
        stages(b, |s| s.on_timeout = OnTimeout::Expire);
    }),
    plant("P5", "looks at the first stage only", |b| flow(b).approvals.truncate(1)),
    plant("P6", "counts who asks", |b| stages(b, |s| s.allow_self = true)),
    plant("P6", "counts one person for several rules", |b| stages(b, |s| s.distinct = false)),
    plant("P6", "forgets `permissions.decide`", |b| {
        flow(b).permissions.decide = Expr::Set(SetName::Members);
    }),
    plant("P6", "believes an outside group to be larger", |b| {
        if let Some(group) = b.groups.get_mut("outside") {
            group.minimum = Some(Count(4));
        }
    }),
    plant("P6", "takes the lower quorum", |b| {
        stages(b, |s| s.rules.iter_mut().for_each(|r| r.quorum = Expr::Number(Decimal::ONE)));
    }),
    plant("P7", "reads one branch of a duration", |b| {
        let grant = flow(b).grant.as_mut().unwrap();
        if let Some(Expr::If(_, first, _)) = &grant.duration {
            grant.duration = Some((**first).clone());
        }
    }),
    plant("P7", "forgets the longest duration that is offered", |b| {
        for field in flow(b).fields.iter_mut().filter(|f| f.ty == Type::Duration) {
            field.allowed = Some(Expr::List(vec![Expr::Duration(Decimal::from(1800))]));
        }
    }),
    next("does not compare conditions of stages", |old, new| {
        both(old, new, |was, is| is.when = was.when.clone());
    }),
    next("does not compare quorums", |old, new| {
        both(old, new, |was, is| {
            for (was, is) in was.rules.iter().zip(&mut is.rules) {
                is.quorum = was.quorum.clone();
            }
        });
    }),
    next("does not compare who decides", |old, new| {
        both(old, new, |was, is| {
            for (was, is) in was.rules.iter().zip(&mut is.rules) {
                is.approvers = was.approvers.clone();
            }
        });
    }),
    next("does not compare `permissions.decide`", |old, new| {
        flow(new).permissions.decide = old.flows["aws_lambda"].permissions.decide.clone();
    }),
    next("does not see that a stage is gone", |old, new| {
        for stage in &old.flows["aws_lambda"].approvals {
            if !flow(new).approvals.iter().any(|s| s.name == stage.name) {
                flow(new).approvals.push(stage.clone());
            }
        }
    }),
    next("does not compare break-glass", |old, new| {
        flow(new).break_glass = old.flows["aws_lambda"].break_glass.clone();
    }),
    next("does not compare how grants are made longer", |old, new| {
        let then = old.flows["aws_lambda"].grant.as_ref().unwrap().extend.clone();
        flow(new).grant.as_mut().unwrap().extend = then;
    }),
    next("compares how long grants get, and not who approves it", |old, new| {
        let then = old.flows["aws_lambda"].grant.as_ref().unwrap().extend.clone();
        if let (Some(then), Some(now)) = (then, &mut flow(new).grant.as_mut().unwrap().extend) {
            now.approval = then.approval;
        }
    }),
    next("does not compare decisions", |old, new| {
        *body(new) = old.flows["aws_lambda"].hooks[&HookEvent::OnRequest].clone();
    }),
];

fn flow(bundle: &mut Bundle) -> &mut Flow {
    bundle.flows.get_mut("aws_lambda").unwrap()
}

fn stages(bundle: &mut Bundle, change: impl Fn(&mut Approval)) {
    flow(bundle).approvals.iter_mut().for_each(change);
}

fn body(bundle: &mut Bundle) -> &mut Vec<Statement> {
    flow(bundle).hooks.get_mut(&HookEvent::OnRequest).unwrap()
}

/// Every stage that is in both versions.
fn both(old: &Bundle, new: &mut Bundle, change: impl Fn(&Approval, &mut Approval)) {
    for is in &mut flow(new).approvals {
        if let Some(was) = old.flows["aws_lambda"].approvals.iter().find(|s| s.name == is.name) {
            change(was, is);
        }
    }
}

/// Every part of every condition.
fn conditions(bundle: &mut Bundle, change: &dyn Fn(&mut Expr)) {
    stages(bundle, |s| parts(&mut s.when, change));
    for statement in body(bundle) {
        match statement {
            Statement::Decision(d) => parts(&mut d.when, change),
            Statement::Fail(f) => parts(&mut f.when, change),
            _ => {}
        }
    }
}

fn parts(expr: &mut Expr, change: &dyn Fn(&mut Expr)) {
    change(expr);
    match expr {
        Expr::Unary(_, a) => parts(a, change),
        Expr::Binary(_, a, b) => {
            parts(a, change);
            parts(b, change);
        }
        Expr::If(c, a, b) => {
            parts(c, change);
            parts(a, change);
            parts(b, change);
        }
        _ => {}
    }
}
