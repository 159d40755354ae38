//! A lock that outlives a thread's panic.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks. Every change under these locks is complete in itself, so a panic elsewhere leaves nothing half done.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
