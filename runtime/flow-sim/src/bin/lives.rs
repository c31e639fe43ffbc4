//! Lives many seeds and prints what they came to: `lives FROM TO`. For long runs outside CI.

#![expect(clippy::print_stdout, reason = "printing the report is all it is for")]
#![expect(clippy::disallowed_methods, reason = "a shell around the kernel: it reads its arguments")]

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|arg| arg.parse::<u64>());
    let (Some(Ok(from)), Some(Ok(to))) = (numbers.next(), numbers.next()) else {
        println!("usage: lives FROM TO, two seeds");
        return ExitCode::from(2);
    };
    let report = flow_sim::run(from..to, &flow_engine::transition);
    println!("{report}");
    if report.breach.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
