//! Lives many seeds and prints what they came to: `lives FROM TO`, or only about one
//! promise: `lives FROM TO promise=2`. A life that breaks it is told, as short as it can be made; with
//! `plain` it is only named. With `triples` each (phase, event, fault) that met is printed, so that
//! runs of several pieces can be counted together. For long runs outside CI.

#![expect(clippy::print_stdout, reason = "printing the report is all it is for")]
#![expect(clippy::disallowed_methods, reason = "a shell around the kernel: it reads its arguments")]

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let promise = args.iter().find_map(|arg| arg.strip_prefix("promise=")?.parse::<u8>().ok());
    let mut numbers = args.iter().map(|arg| arg.parse::<u64>());
    let (Some(Ok(from)), Some(Ok(to))) = (numbers.next(), numbers.next()) else {
        println!("usage: lives FROM TO [promise=N] [plain] [triples], two seeds");
        return ExitCode::from(2);
    };
    let report = flow_sim::run(from..to, promise, &flow_engine::transition);
    println!("{report}");
    let is_said = |word| args.iter().any(|arg| arg == word);
    if let Some((seed, breach)) = report.breach.as_ref().filter(|_| !is_said("plain")) {
        println!("{}", flow_sim::tell_short(*seed, breach, &flow_engine::transition));
    }
    if is_said("triples") {
        report.met.iter().for_each(|(phase, event, fault)| println!("{phase} {event} {fault}"));
    }
    if report.breach.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
