//! The list: who tries what, what windlass promises, and the tests that try it.

/// Who attacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attacker {
    /// Whoever wrote a plugin.
    Plugin,
    /// Whoever wrote the repository: a pull request, a clone, an archive.
    Repository,
    /// A command in a container: a script, a `RUN`, an image's own program.
    Container,
    /// Others who use the namespace, the engine or the machine.
    Neighbour,
    /// A registry, or an API server that answers nonsense.
    Server,
}

impl Attacker {
    /// All of them, in the page's order.
    pub const ALL: [Self; 5] = [Self::Plugin, Self::Repository, Self::Container, Self::Neighbour, Self::Server];

    /// The heading of its table.
    pub fn title(self) -> &'static str {
        match self {
            Self::Plugin => "A plugin",
            Self::Repository => "A repository",
            Self::Container => "A command in a container",
            Self::Neighbour => "A neighbour",
            Self::Server => "A server",
        }
    }
}

/// One attack.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Who.
    pub by: Attacker,
    /// What is tried, for whoever reads the page.
    pub attack: &'static str,
    /// What happens instead.
    pub promise: &'static str,
    /// The powers and settings that it attacks: `power pod`, `setting secrets`.
    pub covers: &'static [&'static str],
    /// The tests that try it, as `FILE::TEST`.
    pub tests: &'static [&'static str],
}

use Attacker::{Container, Neighbour, Plugin, Repository, Server};

/// Every attack.
pub const ROWS: &[Row] = &[
    Row {
        by: Plugin,
        attack: "uses a power that it was not granted",
        promise: "the run does not begin; `requirements` can use none at all",
        covers: &["power registries", "power environment", "power secrets-reveal"],
        tests: &[
            "runtime/plugin-host/tests/powers.rs::a_power_that_was_not_granted_stops_the_run_before_it_begins",
            "runtime/plugin-host/tests/attacks.rs::no_function_of_a_power_works_in_requirements",
            "runtime/plugin-host/tests/limits.rs::what_the_manifest_does_not_ask_for_no_grant_gives",
        ],
    },
    Row {
        by: Plugin,
        attack: "mounts windlass' own volumes, takes a reserved name, or mounts over a path that windlass keeps",
        promise: "refused when the run is planned, by the field",
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
        promise: "refused when the run is planned, with the limit; `plugin inspect` says what it may bring without running it",
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
        attack: "reads the task's secrets in the task's containers, having been granted its own containers only",
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
        attack: "opens a secret that was not granted by its name",
        promise: "refused when the run is planned",
        covers: &["power secrets"],
        tests: &["runtime/engine/src/planner/needs/tests.rs::a_secret_that_was_not_granted_is_refused_with_all_that_was"],
    },
    Row {
        by: Plugin,
        attack: "sets `PATH`, `LD_PRELOAD`, a proxy or another variable that is kept for the task",
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
        attack: "shows a value that it concealed, or that another one did",
        promise: "masked in every line, error and event, as text and as JSON",
        covers: &["power secrets-reveal"],
        tests: &["tests/lifecycle/masking.rs::what_a_plugin_conceals_is_masked_in_its_own_words_and_in_those_of_others"],
    },
    Row {
        by: Plugin,
        attack: "speaks in windlass' voice: a made-up denial, a name that looks like a message, 200 KB of text",
        promise: "its words are told as its own, cut and cleaned",
        covers: &[],
        tests: &[
            "runtime/plugin-host/tests/powers.rs::a_denial_that_the_plugin_made_up_is_told_as_its_words",
            "runtime/plugin-host/tests/powers.rs::a_plugins_words_are_bounded",
            "runtime/plugin-host/src/manifest.rs::a_name_that_could_be_taken_for_windlass_own_words_is_refused",
        ],
    },
    Row {
        by: Plugin,
        attack: "returns credentials for `*`, a digest that is none, an image that nobody asked for",
        promise: "refused by the field",
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
        attack: "calls the host with hostile arguments, loops, floods, eats memory",
        promise: "an error or a trap with its name; nothing else is harmed",
        covers: &[],
        tests: &[
            "runtime/plugin-host/tests/attacks.rs::hostile_arguments_are_refused_in_words",
            "runtime/plugin-host/tests/faults.rs::a_log_line_of_any_length_is_cut",
            "runtime/plugin-host/tests/faults.rs::a_call_carries_only_as_many_bytes_as_an_instance_may_have",
        ],
    },
    Row {
        by: Plugin,
        attack: "is swapped for another file, or is called by a path that a grant for another directory matches",
        promise: "a grant is for the file where it really lies; another digest is told",
        covers: &["setting plugins"],
        tests: &[
            "tests/cli/powers.rs::a_swapped_plugin_does_not_run_without_a_word",
            "tests/cli/powers.rs::a_grant_for_a_directory_is_for_what_lies_in_it",
            "runtime/model/src/settings/grants/tests.rs::where_a_digest_was_granted_another_digest_is_asked_for",
        ],
    },
    Row {
        by: Repository,
        attack: "makes git run a program: fsmonitor, hooks, filters, a directory that looks like a repository",
        promise: "nothing that the tree names is run",
        covers: &[],
        tests: &[
            "tests/cli/hostile_git.rs::nothing_that_a_repository_names_is_run",
            "tests/cli/hostile_git.rs::a_committed_directory_that_looks_like_a_repository_is_none",
        ],
    },
    Row {
        by: Repository,
        attack: "runs a command, reads a file or a variable of the host, or takes a Secret of another namespace by its `windlass.yaml`",
        promise: "nothing happens before the user trusts exactly this",
        covers: &["setting secrets", "setting environments"],
        tests: &[
            "tests/cli/trust.rs::what_a_repository_asks_for_does_not_happen_without_trust",
            "tests/cli/trust.rs::a_person_is_asked_once_and_again_when_something_changed",
            "runtime/cli/src/trust/record.rs::a_record_that_others_can_touch_or_that_is_damaged_counts_for_nothing",
        ],
    },
    Row {
        by: Repository,
        attack: "replaces or widens what the platform says: policy, grants, registries, images, sources of secrets",
        promise: "files are merged; a later voice can only narrow",
        covers: &[
            "setting policy",
            "setting plugins",
            "setting registries",
            "setting host_aliases",
            "setting images",
            "setting pull_policy",
            "setting sidecar_timeout",
            "setting variables",
        ],
        tests: &[
            "tests/cli/trust.rs::a_repository_cannot_widen_what_the_platform_says",
            "runtime/cli/src/voices/tests.rs::every_key_has_its_rule_and_the_readme_shows_it",
            "runtime/cli/src/voices/tests.rs::the_files_of_the_platform_narrow_each_other",
            "runtime/cli/src/voices/tests.rs::a_secret_of_the_platform_cannot_be_renamed_away",
        ],
    },
    Row {
        by: Repository,
        attack: "chooses a cluster, a namespace or a kubeconfig of its own",
        promise: "needs the user's trust, and never leaves the platform's list",
        covers: &["setting clusters"],
        tests: &[
            "tests/cli/trust.rs::a_place_needs_trust_unless_the_user_or_the_platform_chose_it",
            "runtime/cli/src/places.rs::what_only_the_file_chose_is_left_out_without_trust",
        ],
    },
    Row {
        by: Repository,
        attack: "asks for more of the pod than the policy allows: privilege, host ports, images, bases of Dockerfiles",
        promise: "refused when the run is planned, whoever brought it",
        covers: &["setting policy"],
        tests: &[
            "runtime/engine/src/planner/tests.rs::the_policy_judges_everything_whoever_brought_it",
            "runtime/engine/src/planner/environments/tests.rs::the_bases_of_an_environment_are_judged",
            "tests/cli/powers.rs::policy_is_enforced_where_the_plan_is_made",
        ],
    },
    Row {
        by: Repository,
        attack: "leads out of the project by a link, or holds windlass up with a pipe, in place of a file",
        promise: "one clear error that shows nothing of the target",
        covers: &[],
        tests: &[
            "tests/cli/hostile_files.rs::a_task_file_that_is_none_is_one_clear_error",
            "tests/cli/hostile_files.rs::settings_that_are_none_are_one_clear_error",
            "tests/cli/hostile_files.rs::certificates_and_dockerfiles_that_are_none_hold_up_nobody",
            "runtime/engine/src/run/workspace/tests.rs::what_is_no_file_stays_and_holds_up_nobody",
        ],
    },
    Row {
        by: Repository,
        attack: "names tasks, steps and files so that they act on a terminal or a CI system",
        promise: "control and direction characters never reach either",
        covers: &[],
        tests: &[
            "tests/cli/hostile_text.rs::no_text_of_a_task_file_acts",
            "tests/cli/hostile_text.rs::no_text_of_windlass_yaml_acts",
            "runtime/report/tests/reports/cleaning.rs::no_field_of_any_event_acts_in_the_plain_log",
            "runtime/report/tests/reports/cleaning.rs::no_field_of_any_event_acts_on_the_terminal",
        ],
    },
    Row {
        by: Repository,
        attack: "has a private key beside a certificate, tokens in `.git/config`",
        promise: "keys are refused, tokens stay on the host and are masked",
        covers: &["setting registries"],
        tests: &[
            "tests/cli/hostile_files.rs::a_key_beside_a_certificate_is_refused_and_not_shown",
            "runtime/engine/src/run/workspace/tests.rs::a_clone_arrives_without_its_tokens",
        ],
    },
    Row {
        by: Container,
        attack: "is the agent's host: a second client, an impostor socket, a relay, a replay",
        promise: "refused; the host finds out",
        covers: &[],
        tests: &[
            "runtime/agent/tests/agent/host.rs::nobody_but_the_first_host_is_obeyed",
            "runtime/agent/tests/agent/host.rs::an_impostor_at_the_socket_is_told_nothing_and_found_out",
            "runtime/agent/tests/agent/host.rs::a_relay_hears_nothing",
            "runtime/agent/tests/agent/host.rs::a_relay_that_changes_anything_ends_the_stream",
            "runtime/agent/tests/agent/host.rs::what_was_heard_cannot_be_said_again",
            "runtime/kube/tests/node/contract.rs::commands_are_not_their_agents_hosts",
            "runtime/container-engine/tests/engine/contract.rs::commands_are_not_their_agents_hosts",
        ],
    },
    Row {
        by: Container,
        attack: "looks into the agent: its memory, its files, output that waits",
        promise: "nothing to read; secrets are no files, and an agent has those of its own steps only",
        covers: &["power containers", "power secrets"],
        tests: &[
            "runtime/agent/tests/agent/hidden.rs::a_command_cannot_look_into_the_agent",
            "runtime/agent/tests/agent/hidden.rs::output_that_waits_has_no_name",
            "runtime/container-engine/tests/engine/secrets.rs::the_agent_has_the_secrets_that_it_was_told_and_nothing_else_has",
            "runtime/kube/src/manifest/tests.rs::a_secret_holds_what_sidecars_have_in_their_environment_and_its_printed_form_no_value",
        ],
    },
    Row {
        by: Container,
        attack: "a `RUN` under Kaniko looks for secrets of other steps",
        promise: "it finds its own step's, and the working copy",
        covers: &["power containers"],
        tests: &["tests/narrowed.rs::kaniko_builds_with_containers_of_its_own_at_baseline_and_its_run_finds_nothing"],
    },
    Row {
        by: Container,
        attack: "exhausts the host through its agent: output without end, empty pieces, silence",
        promise: "bounded, and told",
        covers: &[],
        tests: &[
            "runtime/agent/tests/agent/hostile.rs::more_output_than_the_window_is_refused",
            "runtime/agent/tests/agent/hostile.rs::output_of_no_bytes_is_refused",
            "runtime/agent/tests/agent/hostile.rs::an_agent_that_only_says_that_it_lives_is_given_up",
            "runtime/container-engine/src/tail.rs::the_end_of_a_log_is_bounded_in_bytes",
        ],
    },
    Row {
        by: Neighbour,
        attack: "has a stranger's objects deleted by labels or names that look like windlass'",
        promise: "each object proves to be ours, and is deleted by its identity; what pretends is told",
        covers: &[],
        tests: &[
            "runtime/kube/tests/node/identity.rs::what_a_forged_config_map_points_to_survives_and_the_forgery_is_told",
            "runtime/kube/tests/node/identity.rs::what_somebody_made_anew_under_our_names_is_left",
            "runtime/container-engine/tests/engine/identity.rs::what_has_all_labels_of_a_pod_and_not_its_name_survives_it_and_is_told",
        ],
    },
    Row {
        by: Neighbour,
        attack: "puts an object where windlass wants to make one",
        promise: "refused: only what this run made counts",
        covers: &[],
        tests: &[
            "runtime/kube/tests/node/identity.rs::a_name_that_somebody_else_took_is_refused_and_what_has_it_is_left",
            "runtime/container-engine/tests/engine/identity.rs::a_name_that_somebody_else_took_is_refused_and_what_has_it_is_left",
        ],
    },
    Row {
        by: Neighbour,
        attack: "swaps the agent or a certificate before the pod mounts it",
        promise: "they lie in immutable Secrets; who has no right on Secrets cannot",
        covers: &[],
        tests: &["runtime/kube/src/manifest/tests.rs::nothing_that_a_pod_mounts_or_pulls_with_is_less_guarded_than_a_secret"],
    },
    Row {
        by: Neighbour,
        attack: "puts machine code into the compile cache",
        promise: "a file that others may have written is not loaded",
        covers: &[],
        tests: &[
            "runtime/plugin-host/src/cache/tests.rs::a_file_that_others_may_have_put_there_is_not_loaded_but_replaced",
            "runtime/plugin-host/src/cache/tests.rs::a_file_of_another_user_is_not_loaded",
        ],
    },
    Row {
        by: Server,
        attack: "sends credentials elsewhere: a token service without TLS, a redirect, a foreign upload location",
        promise: "credentials go to their own server, over TLS",
        covers: &["setting registries"],
        tests: &[
            "plugins/oci-push/helper/tests/registry/credentials.rs::a_registry_over_tls_cannot_name_a_token_service_without",
            "plugins/oci-push/helper/tests/registry/credentials.rs::credentials_are_not_taken_along_by_a_token_service_that_redirects",
            "plugins/oci-push/helper/tests/registry/credentials.rs::another_server_that_a_registry_points_to_gets_no_credentials",
        ],
    },
    Row {
        by: Server,
        attack: "answers with something that cannot be read, and that may hold secrets",
        promise: "neither messages nor logs show it",
        covers: &[],
        tests: &[
            "tests/cli/logs.rs::an_answer_that_cannot_be_read_is_shown_neither_in_messages_nor_in_logs",
            "runtime/kube/src/error/tests.rs::an_answer_that_cannot_be_read_is_not_shown",
        ],
    },
];
