//! How a step is told: its number and name, what was seen, its seconds; a summary at the end.

use std::time::{Duration, Instant};

use anyhow::Result;

/// Tells steps as they are taken.
#[derive(Debug)]
pub struct Narrator {
    begun: Instant,
    taken: Vec<Taken>,
}

#[derive(Debug)]
struct Taken {
    title: String,
    spent: Option<Duration>,
    proofs: usize,
}

/// What a step says while it runs.
#[derive(Debug, Default)]
pub struct Say {
    proofs: usize,
}

impl Narrator {
    /// Before the first step.
    pub fn new() -> Self {
        Self { begun: Instant::now(), taken: Vec::new() }
    }

    /// Takes a step.
    ///
    /// # Errors
    /// Whatever the step fails with.
    pub fn step<T>(&mut self, title: &str, take: impl FnOnce(&mut Say) -> Result<T>) -> Result<T> {
        println!("\n{:2}  {title}", self.taken.len() + 1);
        self.taken.push(Taken { title: title.to_owned(), spent: None, proofs: 0 });
        let begun = Instant::now();
        let mut say = Say::default();
        let result = take(&mut say);
        if let Some(taken) = self.taken.last_mut() {
            taken.spent = result.is_ok().then(|| begun.elapsed());
            taken.proofs = say.proofs;
        }
        if result.is_ok() {
            println!("    {:.1} s", begun.elapsed().as_secs_f64());
        }
        result
    }

    /// The number and name of the step that is being taken.
    pub fn current(&self) -> String {
        let title = self.taken.last().map_or("none", |taken| taken.title.as_str());
        format!("{} ({title})", self.taken.len())
    }

    /// What was done, in how many seconds.
    pub fn sum_up(&self) {
        println!("\nDone: {} steps, all seen to hold.\n", self.taken.len());
        for (at, taken) in self.taken.iter().enumerate() {
            let spent = taken.spent.unwrap_or_default().as_secs_f64();
            let proofs = match taken.proofs {
                0 => String::new(),
                1 => "1 check".to_owned(),
                several => format!("{several} checks"),
            };
            println!("{:4}  {:<76} {spent:6.1} s  {proofs}", at + 1, taken.title);
        }
        println!("{:>88.1} s", self.begun.elapsed().as_secs_f64());
    }
}

impl Say {
    /// A fact worth knowing.
    pub fn line(&mut self, text: &str) {
        for line in text.lines() {
            println!("    {line}");
        }
    }

    /// Something that was checked and held.
    pub fn proof(&mut self, text: &str) {
        self.proofs += 1;
        println!("    ✓ {text}");
    }
}
