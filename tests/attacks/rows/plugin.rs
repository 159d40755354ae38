//! What plugins try.

use super::Attacker::Plugin;
use super::Row;

pub(super) const ROWS: &[Row] = &[
    Row {
        by: Plugin,
        attack: "uses a power that it was not granted",
        promise: "the run does not begin; `requirements` can use no power at all",
        covers: &["power registries", "power environment", "power secrets-reveal"],
        tests: &[
            "runtime/plugin-host/tests/powers.rs::a_power_that_was_not_granted_stops_the_run_before_it_begins",
            "runtime/plugin-host/tests/attacks.rs::no_function_of_a_power_works_in_requirements",
            "runtime/plugin-host/tests/limits.rs::what_the_manifest_does_not_ask_for_no_grant_gives",
        ],
    },
    Row {
        by: Plugin,
        attack: "mounts windlass' own volumes, takes a reserved name, or mounts over a path reserved for windlass",
        promise: "refused when the run is planned, naming the field",
        covers: &["power pod"],
        tests: &[
            "runtime/engine/src/planner/needs/tests.rs::reserved_names_are_refused_whatever_was_granted",
            "runtime/engine/src/planner/needs/tests.rs::a_container_mounts_what_its_step_brings_and_nowhere_that_is_kept",
            "runtime/plugin-host/tests/powers.rs::an_answer_that_reaches_for_what_is_windlass_own_is_refused_by_its_field",
            "tests/cli/powers.rs::a_hostile_answer_ends_the_plan",
        ],
    },
    Row {
        by: Plugin,
        attack: "brings a privileged container, a host port, capabilities, or an image that nobody granted",
        promise: "refused when the run is planned, naming the limit; `plugin inspect` says what it may bring without running it",
        covers: &["power pod"],
        tests: &[
            "runtime/engine/src/planner/needs/tests.rs::without_the_power_nothing_is_brought",
            "runtime/engine/src/planner/needs/tests.rs::a_limit_is_refused_with_the_line_that_moves_it_just_far_enough",
            "runtime/model/src/pod_limits/tests.rs::each_limit_refuses_what_is_beyond_it_and_nothing_else",
            "tests/cli/powers.rs::what_plugins_may_bring_is_shown_without_running_them",
        ],
    },
    Row {
        by: Plugin,
        attack: "takes over a container or volume of another plugin",
        promise: "refused when the run is planned",
        covers: &["power pod"],
        tests: &[
            "runtime/engine/src/planner/together/tests.rs::no_plugin_shares_a_container_or_a_volume_with_another",
            "runtime/engine/src/planner/together/tests.rs::a_daemon_gives_way_to_none_of_another_plugin",
        ],
    },
    Row {
        by: Plugin,
        attack: "reads the task's secrets in the task's containers, though granted only its own containers",
        promise: "refused in each call; a command in its own container has a bare environment",
        covers: &["power containers", "power secrets"],
        tests: &[
            "runtime/plugin-host/tests/limits.rs::own_and_the_task_s_containers_are_different_powers",
            "runtime/plugin-host/tests/limits.rs::a_command_in_an_own_container_has_a_bare_environment",
            "runtime/plugin-host/tests/limits.rs::credentials_reach_an_own_container_only_with_their_power",
        ],
    },
    Row {
        by: Plugin,
        attack: "opens a secret that was not granted by name",
        promise: "refused when the run is planned",
        covers: &["power secrets"],
        tests: &["runtime/engine/src/planner/needs/tests.rs::a_secret_that_was_not_granted_is_refused_with_all_that_was"],
    },
    Row {
        by: Plugin,
        attack: "sets `PATH`, `LD_PRELOAD`, a proxy or another variable reserved for the task",
        promise: "refused, unless that name was granted in full",
        covers: &["power environment-set"],
        tests: &[
            "runtime/model/src/power/variables.rs::a_reserved_variable_is_set_only_by_who_was_granted_its_name",
            "runtime/engine/src/planner/needs/tests.rs::each_variable_for_later_steps_is_a_power",
            "runtime/plugin-host/tests/limits.rs::variables_are_set_by_granted_names",
        ],
    },
    Row {
        by: Plugin,
        attack: "reads `.git` or ignored files such as `.env`",
        promise: "refused, unless the file was granted by its full name",
        covers: &["power workspace-read"],
        tests: &[
            "runtime/plugin-host/tests/limits.rs::files_are_read_by_granted_patterns_and_kept_ones_by_their_full_name",
            "runtime/plugin-host/tests/limits.rs::a_directory_shows_what_is_granted",
            "runtime/working-copy/src/part_of.rs::rules_above_the_project_hold_and_new_files_are_seen",
        ],
    },
    Row {
        by: Plugin,
        attack: "writes what runs on the user's machine: `.git/config`, `windlass.yaml`, another plugin",
        promise: "refused, unless the file was granted by its full name",
        covers: &["power workspace-write"],
        tests: &[
            "runtime/plugin-host/tests/limits.rs::what_runs_on_the_host_is_written_only_by_who_was_granted_its_name",
            "runtime/plugin-host/src/powers/workspace_paths.rs::what_decides_what_runs_on_this_machine_is_kept_from_writers",
        ],
    },
    Row {
        by: Plugin,
        attack: "reads a pipe or a device of the working copy",
        promise: "refused at once; the host does not hang",
        covers: &["power workspace-read", "power workspace-write"],
        tests: &["runtime/plugin-host/tests/powers.rs::what_is_no_file_of_the_working_copy_holds_up_nobody"],
    },
    Row {
        by: Plugin,
        attack: "shows a value that it or another plugin concealed",
        promise: "masked in every line, error and event, as text and as JSON",
        covers: &["power secrets-reveal"],
        tests: &["tests/lifecycle/masking.rs::what_a_plugin_conceals_is_masked_in_its_own_words_and_in_those_of_others"],
    },
    Row {
        by: Plugin,
        attack: "imitates windlass' own messages: a made-up denial, an error that ends in advice, a name that looks like a message, 200 KB of text",
        promise: "its words are shown as its own, cut and cleaned",
        covers: &[],
        tests: &[
            "runtime/plugin-host/tests/powers.rs::a_denial_that_the_plugin_made_up_is_told_as_its_words",
            "runtime/plugin-host/src/convert.rs::a_failure_names_the_plugin_as_the_speaker",
            "runtime/plugin-host/tests/powers.rs::a_plugins_words_are_bounded",
            "runtime/plugin-host/src/manifest.rs::a_name_that_could_be_taken_for_windlass_own_words_is_refused",
        ],
    },
    Row {
        by: Plugin,
        attack: "returns credentials for `*`, an invalid digest, an image that nobody asked for",
        promise: "refused, naming the field",
        covers: &["power registries"],
        tests: &[
            "runtime/plugin-host/src/returned/tests.rs::a_registry_is_a_host_and_nothing_else",
            "runtime/plugin-host/src/returned/tests.rs::an_expiry_lies_ahead",
            "runtime/plugin-host/src/returned/tests.rs::a_built_image_is_what_was_asked_for_where_it_may_be",
            "runtime/plugin-host/src/returned/tests.rs::what_was_pushed_is_what_was_to_be_pushed",
        ],
    },
    Row {
        by: Plugin,
        attack: "calls the host with hostile arguments, loops, floods it, uses up memory",
        promise: "an error or a named trap; nothing else is harmed",
        covers: &[],
        tests: &[
            "runtime/plugin-host/tests/attacks.rs::hostile_arguments_are_refused_in_words",
            "runtime/plugin-host/tests/faults.rs::a_log_line_of_any_length_is_cut",
            "runtime/plugin-host/tests/faults.rs::a_call_carries_only_as_many_bytes_as_an_instance_may_have",
        ],
    },
    Row {
        by: Plugin,
        attack: "is swapped for another file, or is named by a path that matches a grant for another directory",
        promise: "a grant applies to where the file really is; a changed digest is reported",
        covers: &["setting plugins"],
        tests: &[
            "tests/cli/powers.rs::a_swapped_plugin_does_not_run_without_a_word",
            "tests/cli/powers.rs::a_grant_for_a_directory_is_for_what_lies_in_it",
            "runtime/model/src/settings/grants/tests.rs::where_a_digest_was_granted_another_digest_is_asked_for",
        ],
    },
];
