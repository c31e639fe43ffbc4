//! Whole-house tests: real binaries, real peers, one test binary.
//!
//! # Layout
//!
//! | module | asks |
//! | --- | --- |
//! | `fixtures` | do the fixtures themselves stand: a local AWS that enforces, a Terraform that runs |
//! | `bad_input` | does bad input get a clear error and change nothing |
//! | `contract` | do a real validator and a stranger's function accept what we send |
//! | `deploy` | does a daemon take signed bundles only, and no old one again |
//! | `determinism` | do the same flows make the same bundle, wherever and however their files lie |
//! | `doctor` | is what would fail at the next request found by trying, and said |
//! | `enforcement` | does a grant allow its functions only, before, during and after its life |
//! | `exactness` | do other engines read the granted policies as we do |
//! | `examples` | does every example compile without a finding |
//! | `flowtests` | do the scenarios of the examples pass, and fail where a flow is broken |
//! | `kills` | does `kill -9` at any moment leave the outside world right |
//! | `layout` | are files laid out as Terraform does, and is nothing else changed |
//! | `mutate` | does any text make the compiler panic |
//! | `packaging` | is what is handed out for installing taken by the binaries |
//! | `page` | do people log in through a real OpenID provider, and ask and decide in a real browser |
//! | `pitfalls` | does each pitfall name tests that exist |
//! | `plants` | does each planted fault of the engine still fit, and does everything promised have one |
//! | `reach` | do AWS's own tools know the actions and hosts that `flowc reach` tells |
//! | `readme` | do the README's commands print what it says |
//! | `reports` | do findings and drawings for other programs hold to what those take |
//! | `restore` | does a restored backup take back what was given since |
//! | `structure` | is what `flowc schema` prints a JSON Schema that all examples fit |
//! | `terraform` | does the provider do what a real Terraform expects, in each version |
//! | `tidy` | the house rules that a machine can check |

mod bad_input;
mod contract;
mod deploy;
mod determinism;
mod doctor;
mod enforcement;
mod exactness;
mod examples;
mod fixtures;
mod flowtests;
mod kills;
mod layout;
mod mutate;
mod packaging;
mod page;
mod pitfalls;
mod plants;
mod reach;
mod readme;
mod reports;
mod restore;
mod structure;
mod terraform;
mod tidy;
