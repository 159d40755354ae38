//! The contract of [`Driver`]: what the rest of windlass relies on, whatever runs the pods. One set of tests, which every
//! driver passes on the real thing behind it, and the driver of the executor's own tests too.
//!
//! What only one driver promises (Pod Security, an engine's pulls, manifests) is tested beside that driver.

mod agent;
mod ends;
mod hostile;
mod life;
mod pod;
mod secrets;
mod standing;

use std::sync::Arc;

use windlass_engine::ports::driver::Driver;
use windlass_model::image::ImageReference;

pub use agent::{client, program};
pub use ends::{
    a_container_that_ends_by_itself_is_told_with_its_exit_code, an_image_that_is_not_there_is_named_at_once,
    the_log_of_a_container_that_runs_is_read,
};
pub use hostile::{commands_are_not_their_agents_hosts, programs_run_from_the_private_directory};
pub use life::{
    a_command_has_an_exit_code_and_what_is_not_there_does_not_run, creating_twice_makes_one_pod,
    deletion_leaves_nothing_and_may_be_repeated, every_byte_comes_back_as_it_was_sent, the_agent_takes_commands_over_an_exec,
    whoever_watches_later_learns_what_runs,
};
pub use secrets::{a_secret_without_a_value_is_refused_before_anything_is_made, secrets_reach_the_agent_and_are_masked};
pub use standing::{
    a_pod_is_listed_until_it_is_removed, a_pod_past_its_deadline_is_listed_as_expired, what_another_run_made_is_refused_and_left,
};

/// What a test returns: any failure, in words.
pub type Tested = Result<(), Box<dyn std::error::Error>>;

/// A driver to test, and what is there for it.
pub struct Subject {
    /// The driver, with [`program`] as its agent.
    pub driver: Arc<dyn Driver>,
    /// An image with a shell, present where the driver runs pods.
    pub image: ImageReference,
    /// An image that is nowhere.
    pub missing: ImageReference,
}

/// Makes a test of each part of the contract. `$with` takes an `AsyncFnOnce(Subject) -> Tested` and runs it. Further attributes, such as
/// `#[ignore = "…"]`, go to each of the tests.
#[macro_export]
macro_rules! driver_contract {
    ($with:path $(, $(#[$attribute:meta])+)?) => {
        $crate::driver_contract! { @tests $with, [$($(#[$attribute])+)?]:
            creating_twice_makes_one_pod
            whoever_watches_later_learns_what_runs
            the_agent_takes_commands_over_an_exec
            every_byte_comes_back_as_it_was_sent
            a_command_has_an_exit_code_and_what_is_not_there_does_not_run
            secrets_reach_the_agent_and_are_masked
            programs_run_from_the_private_directory
            a_secret_without_a_value_is_refused_before_anything_is_made
            a_container_that_ends_by_itself_is_told_with_its_exit_code
            the_log_of_a_container_that_runs_is_read
            an_image_that_is_not_there_is_named_at_once
            deletion_leaves_nothing_and_may_be_repeated
            a_pod_is_listed_until_it_is_removed
            a_pod_past_its_deadline_is_listed_as_expired
        }
    };
    (@tests $with:path, $attributes:tt: $($test:ident)*) => {
        $($crate::driver_contract! { @test $with, $attributes, $test })*
    };
    (@test $with:path, [$($attribute:tt)*], $test:ident) => {
        #[test]
        $($attribute)*
        fn $test() {
            $with(async |subject| $crate::$test(&subject).await);
        }
    };
}
