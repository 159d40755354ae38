//! What commands in containers, neighbours and servers try.

use super::Attacker::{Container, Neighbour, Server};
use super::Row;

pub(super) const ROWS: &[Row] = &[
    Row {
        by: Container,
        attack: "pretends to be the agent's host: a second client, an impostor socket, a relay, a replay",
        promise: "refused; the host notices",
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
        attack: "looks into the agent: its memory, its files, buffered output",
        promise: "there is nothing to read; secrets are not files, and an agent has only those of its own steps",
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
        promise: "it finds only those of its own step, and the working copy",
        covers: &["power containers"],
        tests: &["tests/narrowed.rs::kaniko_builds_with_containers_of_its_own_at_baseline_and_its_run_finds_nothing"],
    },
    Row {
        by: Container,
        attack: "lays a link or a pipe into an image's layout, for the push step to send or to wait for",
        promise: "the push fails, and nothing of what the link leads to is read, sent or shown",
        covers: &[],
        tests: &["plugins/oci-push/helper/tests/registry/layouts.rs::what_is_no_file_of_the_layout_is_neither_read_nor_sent"],
    },
    Row {
        by: Container,
        attack: "leaves artifacts that lead elsewhere: links out of the working directory that its steps chose, names with `..` or control characters, pipes, devices, files \
                 that it exchanges while they are read",
        promise: "the step fails, or they are left out with a word; nothing else is read, and nothing is written outside of the artifact",
        covers: &[],
        tests: &[
            "runtime/agent/tests/agent/found.rs::links_stay_in_the_directory",
            "runtime/agent/tests/agent/found.rs::what_is_no_file_is_passed_over_with_a_word",
            "runtime/agent/tests/agent/found.rs::a_file_that_is_not_the_one_that_was_found_is_not_read",
            "runtime/engine/src/run/artifacts/found.rs::names_that_lead_elsewhere_or_hide_something_are_refused",
            "runtime/artifact-store/src/incoming/tests.rs::two_names_that_are_one_here_are_refused",
            "runtime/model/src/artifact.rs::a_path_that_could_lead_elsewhere_or_hide_something_is_none",
        ],
    },
    Row {
        by: Container,
        attack: "sends more of an artifact than it announced, endless files or names, or half of one",
        promise: "no byte comes that was not asked for, nothing beyond `artifacts: {max_size}` is, and half an artifact has no name and is not green",
        covers: &["setting artifacts"],
        tests: &[
            "runtime/agent/tests/agent/found.rs::more_than_was_asked_for_is_refused",
            "runtime/agent/tests/agent/found.rs::more_than_an_answer_carries_is_not_read",
            "runtime/agent/tests/agent/found.rs::too_many_too_long_and_too_deep_are_said",
            "runtime/engine/src/run/artifacts/found.rs::too_much_is_refused_before_a_byte_is_asked_for_and_the_biggest_is_named",
            "runtime/artifact-store/src/incoming/tests.rs::what_does_not_come_to_its_end_leaves_nothing",
            "tests/lifecycle/artifacts.rs::a_connection_that_is_lost_leaves_no_half_and_is_not_green",
            "tests/lifecycle/artifacts.rs::more_than_settings_allow_names_the_biggest_and_keeps_nothing",
        ],
    },
    Row {
        by: Container,
        attack: "leaves a report that is a bomb: entities that grow or name files, elements or lists without an end, a million remarks, \
                 paths that lead elsewhere",
        promise: "no entity is known, everything is bounded, and what is no report is a warning; a remark names a file of the project, or the report",
        covers: &[],
        tests: &[
            "runtime/annotations/src/tests.rs::entities_are_never_expanded",
            "runtime/annotations/src/tests.rs::what_is_deep_wide_or_long_is_bounded",
            "runtime/annotations/src/tests.rs::what_makes_no_sense_is_left_out_of_a_remark",
            "tests/lifecycle/artifacts.rs::reports_become_remarks_and_what_is_none_a_warning",
        ],
    },
    Row {
        by: Container,
        attack: "exhausts the host through its agent: endless output, empty pieces, silence",
        promise: "bounded, and reported",
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
        attack: "gets somebody else's objects deleted by giving them labels or names that look like windlass'",
        promise: "only an object that proves to be ours is deleted, by its identity; an impostor is reported",
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
        promise: "they are in immutable Secrets; nobody without rights on Secrets can swap them",
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
        attack: "holds artifacts that no run has sent, for `windlass artifacts get`: names with `..`, links, other bytes, an archive that never ends, the \
                 record of another run",
        promise: "refused with its reason, and nothing is left of it; what is wrong with one artifact hides no other",
        covers: &[],
        tests: &[
            "runtime/artifact-store/tests/artifact_store/hostile.rs::names_that_lead_elsewhere_or_hide_something_are_refused",
            "runtime/artifact-store/tests/artifact_store/hostile.rs::a_record_that_no_run_wrote_is_told_and_left_out",
            "runtime/artifact-store/tests/artifact_store/hostile.rs::bytes_that_are_others_are_not_fetched",
            "runtime/artifact-store/tests/artifact_store/hostile.rs::an_archive_of_other_files_is_not_unpacked",
            "runtime/artifact-store/tests/artifact_store/hostile.rs::an_archive_that_is_longer_than_its_files_is_not_fetched",
            "runtime/artifact-store/tests/artifact_store/hostile.rs::what_is_wrong_with_one_hides_no_other",
        ],
    },
    Row {
        by: Server,
        attack: "has credentials sent elsewhere: a token service without TLS, a redirect, a foreign upload location",
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
        attack: "answers with something unreadable that may hold secrets",
        promise: "neither messages nor logs show it",
        covers: &[],
        tests: &[
            "tests/cli/logs.rs::an_answer_that_cannot_be_read_is_shown_neither_in_messages_nor_in_logs",
            "runtime/kube/src/error/tests.rs::an_answer_that_cannot_be_read_is_not_shown",
        ],
    },
];
