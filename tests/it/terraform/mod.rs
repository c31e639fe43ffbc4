//! The provider under a real Terraform and a local AWS that enforces.
//!
//! | module | asks |
//! | --- | --- |
//! | `stage` | (the fixture: an AWS, its users, a folder with a configuration) |
//! | `gate` | (the fixture: a proxy that sees every call, and can hold one) |
//! | `lifecycle` | apply, empty second plan, update, replace, import, destroy, bad input |
//! | `drift` | does every change from outside show, and is it mended |
//! | `interrupted` | does an interrupted apply leave something to go on with |
//! | `versions` | do the other versions of Terraform agree |

mod drift;
pub mod gate;
mod interrupted;
mod lifecycle;
pub mod stage;
mod versions;
