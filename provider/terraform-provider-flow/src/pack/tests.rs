//! The packer at the byte: IAM's stand-ins enforce no sizes, so nobody else would notice.

use std::collections::BTreeSet;

use flow_aws::iam::Quotas;

use super::{Layout, NoRoom, ROLES_MAX, Slot, pack};
use crate::document;

/// Functions whose names have a length.
fn functions(count: usize, name_length: usize) -> BTreeSet<String> {
    let account = "arn:aws:lambda:eu-west-1:123456789012:function";
    (0..count).map(|n| format!("{account}:{n:0>name_length$}")).collect()
}

fn in_slot(layout: &Layout, role: usize, policy: usize) -> usize {
    layout.get(&Slot { role, policy }).map_or(0, BTreeSet::len)
}

/// What must hold for any layout.
fn check(layout: &Layout, wanted: &BTreeSet<String>, quotas: Quotas) {
    let all: Vec<&String> = layout.values().flatten().collect();
    assert_eq!(all.len(), wanted.len(), "each function once");
    assert!(wanted.iter().eq(all.into_iter().collect::<BTreeSet<_>>()), "and no other");
    for (slot, functions) in layout {
        let limit = if slot.policy == 0 { quotas.inline_size } else { quotas.managed_size };
        let size = document::invoke(functions).len();
        assert!(size <= limit && !functions.is_empty(), "{slot:?} has {size} of {limit}");
        assert!(slot.policy <= quotas.attached_max && slot.role <= ROLES_MAX, "{slot:?}");
    }
}

#[test]
fn policies_are_filled_to_the_byte() {
    let quotas = Quotas::default();
    // Characters of a name; functions in an inline policy, in a managed one, on a whole role.
    for (length, inline, managed) in [(20, 144, 86), (24, 136, 81), (40, 112, 67), (64, 88, 52)] {
        let whole = inline + managed * quotas.attached_max;
        let wanted = functions(whole + 1, length);
        let layout = pack(&wanted, &Layout::new(), quotas).unwrap();
        check(&layout, &wanted, quotas);
        assert_eq!((in_slot(&layout, 1, 0), in_slot(&layout, 1, 1)), (inline, managed), "{length}");
        assert_eq!((in_slot(&layout, 1, 10), in_slot(&layout, 2, 0)), (managed, 1), "{length}");
    }
}

#[test]
fn the_last_byte_counts() {
    let wanted = functions(3, 24);
    let size = document::invoke(&wanted).len();
    let exact = Quotas { inline_size: size, ..Quotas::default() };
    let layout = pack(&wanted, &Layout::new(), exact).unwrap();
    assert_eq!((in_slot(&layout, 1, 0), in_slot(&layout, 1, 1)), (3, 0));
    let short = Quotas { inline_size: size - 1, ..exact };
    let layout = pack(&wanted, &Layout::new(), short).unwrap();
    assert_eq!((in_slot(&layout, 1, 0), in_slot(&layout, 1, 1)), (2, 1));
}

#[test]
fn a_change_touches_one_policy() {
    let quotas = Quotas::default();
    let all = functions(500, 40);
    let before = pack(&all, &Layout::new(), quotas).unwrap();
    let changed = |after: &Layout| {
        let slots: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        slots.into_iter().filter(|slot| before.get(slot) != after.get(slot)).count()
    };
    for n in [0, 111, 112, 250, 499] {
        let one = all.iter().nth(n).unwrap();
        let mut fewer = all.clone();
        fewer.remove(one);
        let after = pack(&fewer, &before, quotas).unwrap();
        check(&after, &fewer, quotas);
        assert_eq!(changed(&after), 1, "without {one}");
        // Sorts before all others, and still moves none of them.
        let mut more = all.clone();
        more.insert(one.replace(":function:", ":function:-"));
        let after = pack(&more, &before, quotas).unwrap();
        check(&after, &more, quotas);
        assert_eq!(changed(&after), 1, "with one more");
        assert_eq!(pack(&all, &before, quotas).unwrap(), before, "nothing to do");
    }
}

#[test]
fn what_somebody_else_placed_is_mended() {
    let quotas = Quotas::default();
    let wanted = functions(200, 64);
    let slot = |role, policy| Slot { role, policy };
    let too_many: Layout = [(slot(1, 0), wanted.clone()), (slot(1, 3), wanted.clone())].into();
    check(&pack(&wanted, &too_many, quotas).unwrap(), &wanted, quotas);
    let nowhere: Layout = [(slot(1, 99), wanted.clone()), (slot(99, 0), wanted.clone())].into();
    check(&pack(&wanted, &nowhere, quotas).unwrap(), &wanted, quotas);
}

#[test]
fn too_many_are_counted_and_never_widened() {
    let small =
        Quotas { inline_size: 200, managed_size: 200, attached_max: 1, ..Quotas::default() };
    let wanted = functions(50, 24);
    let error = pack(&wanted, &Layout::new(), small).unwrap_err();
    assert_eq!(error, NoRoom { wanted: 50, fit: ROLES_MAX * 2 });
    let tiny = Quotas { inline_size: 10, managed_size: 10, ..Quotas::default() };
    assert_eq!(pack(&wanted, &Layout::new(), tiny), Err(NoRoom { wanted: 50, fit: 0 }));
}
