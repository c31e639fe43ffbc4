//! What the one writer of a store is asked for: tasks that are done in groups, so that many share one
//! transaction and one wait for the disk.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use super::{Result, StoreError};

/// Tasks in one transaction.
const GROUP_MAX: usize = 64;

/// A kind of database, by what its tasks write through.
pub trait Database: 'static {
    /// The open transaction.
    type Write<'c>;
}

/// Something to do in a transaction.
pub trait Task<D: Database>: Send {
    /// Whether what it wrote is kept.
    fn run(&mut self, write: &mut D::Write<'_>) -> bool;
    /// Answers, once the transaction's fate is known; `failure`: it is not durable, or nobody knows.
    fn settle(self: Box<Self>, failure: Option<&dyn Fn() -> StoreError>);
}

/// Tasks that share a transaction.
pub type Group<D> = Vec<Box<dyn Task<D>>>;

/// The end at which tasks are put in. Dropping it ends the writer after what is queued.
pub struct Queue<D: Database>(Sender<Box<dyn Task<D>>>);

/// The writer's end.
pub struct Tasks<D: Database>(Receiver<Box<dyn Task<D>>>);

/// Both ends.
#[must_use]
pub fn queue<D: Database>() -> (Queue<D>, Tasks<D>) {
    let (sender, receiver) = channel();
    (Queue(sender), Tasks(receiver))
}

fn ended() -> StoreError {
    StoreError::Stopped("the writer has ended".to_owned())
}

impl<D: Database> Queue<D> {
    /// Has `work` done in a transaction and answers once it is durable.
    ///
    /// # Errors
    /// The error of `work`, whose writes are taken back, or the database failed.
    pub fn ask<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&mut D::Write<'c>) -> Result<T> + Send + 'static,
    {
        let (answer, result) = sync_channel(1);
        let job = Job { work: Some(work), result: None, answer };
        self.0.send(Box::new(job)).map_err(|_| ended())?;
        result.recv().map_err(|_| ended())?
    }
}

impl<D: Database> Tasks<D> {
    /// Waits for a task, and takes what waits with it; `None` once nobody can ask any more.
    pub fn next(&self) -> Option<Group<D>> {
        let mut group = vec![self.0.recv().ok()?];
        while group.len() < GROUP_MAX
            && let Ok(next) = self.0.try_recv()
        {
            group.push(next);
        }
        Some(group)
    }
}

struct Job<T, F> {
    work: Option<F>,
    result: Option<Result<T>>,
    answer: SyncSender<Result<T>>,
}

impl<D, T, F> Task<D> for Job<T, F>
where
    D: Database,
    T: Send,
    F: for<'c> FnOnce(&mut D::Write<'c>) -> Result<T> + Send,
{
    fn run(&mut self, write: &mut D::Write<'_>) -> bool {
        let result = self.work.take().map(|work| work(write));
        let keep = matches!(result, Some(Ok(_)));
        self.result = result;
        keep
    }

    fn settle(mut self: Box<Self>, failure: Option<&dyn Fn() -> StoreError>) {
        let result = match (failure, self.result.take()) {
            (Some(failure), Some(Ok(_)) | None) => Err(failure()),
            (_, Some(result)) => result,
            (None, None) => Err(ended()),
        };
        // Whoever asked may have gone away; the work stands all the same.
        let _gone = self.answer.send(result);
    }
}
