//! What plugins try with what they send and say.

use super::Attacker::Plugin;
use super::Row;

pub(super) const ROWS: &[Row] = &[
    Row {
        by: Plugin,
        attack: "sends requests to hosts that nobody named, without TLS, to what has another's certificate, or by a redirect",
        promise: "refused before anything is sent; no redirect leads off the list or away from TLS; no connection without a certificate that fits",
        covers: &["power http"],
        tests: &[
            "runtime/plugin-host/tests/http.rs::a_host_is_reached_that_manifest_and_grant_name",
            "runtime/http/tests/http/hosts.rs::a_host_off_the_list_is_not_even_looked_up",
            "runtime/http/tests/http/hosts.rs::without_tls_only_a_host_is_spoken_to_that_is_named_so",
            "runtime/http/tests/http/redirects.rs::a_redirect_leads_to_no_host_off_the_list_and_not_away_from_tls",
            "runtime/http/tests/http/tls.rs::a_certificate_that_will_not_do_is_refused_and_nothing_is_asked",
            "runtime/http/tests/http/tls.rs::the_authority_of_one_host_is_none_for_another",
            "runtime/http/tests/http/tls.rs::a_host_without_tls_where_it_is_due_is_refused",
            "runtime/model/src/host_pattern.rs::a_pattern_stands_for_hosts_with_their_port_and_their_tls",
        ],
    },
    Row {
        by: Plugin,
        attack: "reaches this machine, its own network or a cloud's metadata: by address, by a name that leads there, by one that leads there the second time, by a redirect",
        promise: "refused, unless the settings name that very host; a manifest opens nothing; the address that was checked is the one that is dialled",
        covers: &["power http"],
        tests: &[
            "runtime/http/tests/http/hosts.rs::an_address_of_the_users_own_network_is_refused_unless_the_host_is_named",
            "runtime/http/tests/http/hosts.rs::the_address_that_was_checked_is_the_one_that_is_dialled",
            "runtime/http/tests/http/redirects.rs::a_redirect_on_the_list_is_checked_as_a_request_is",
            "runtime/http/src/network.rs::only_what_anybody_can_reach_is_public",
            "runtime/model/src/power/hosts.rs::only_settings_name_a_host",
            "runtime/engine/src/ports/http.rs::an_address_is_read_in_one_way_or_not_at_all",
            "runtime/http/tests/http/proxy.rs::the_proxy_of_this_machine_leads_to_what_is_outside",
        ],
    },
    Row {
        by: Plugin,
        attack: "learns a secret that it sends: from the answer, from a redirect to another host, from an error; or smuggles a request by a header",
        promise: "what the answer repeats is masked, no other host gets a secret, no error has one; what is about the connection is windlass' own",
        covers: &["power http", "power secrets"],
        tests: &[
            "runtime/engine/src/run/backend/http.rs::a_secret_goes_out_as_the_part_says_and_is_masked_in_what_comes_back",
            "runtime/http/tests/http/redirects.rs::a_secret_goes_to_no_other_host",
            "runtime/http/tests/http/secrets.rs::no_error_repeats_what_was_sent",
            "runtime/http/tests/http/bounds.rs::what_is_about_the_connection_is_no_plugins_to_say",
        ],
    },
    Row {
        by: Plugin,
        attack: "keeps the run waiting with a request, or floods it: an endless head or body, silence, a thousand requests",
        promise: "bounded in time, bytes and number; a stopped step ends its request at once",
        covers: &["power http"],
        tests: &[
            "runtime/http/tests/http/bounds.rs::an_answer_without_end_is_ended",
            "runtime/http/tests/http/bounds.rs::a_host_that_takes_its_time_is_given_up_and_so_is_one_that_nobody_waits_for",
            "runtime/http/tests/http/redirects.rs::five_redirects_are_followed_and_a_sixth_is_an_error",
            "runtime/plugin-host/tests/http.rs::requests_are_bounded_in_number",
            "runtime/plugin-host/tests/http.rs::a_stopped_step_waits_for_no_answer",
        ],
    },
    Row {
        by: Plugin,
        attack: "sets, by a result, `PATH` or a variable of the task or of another step; says results without end, or one with a secret",
        promise: "a result's variable is derived, and is one that no program acts upon; what is set stays; bounded, masked and on one line",
        covers: &["power results"],
        tests: &[
            "runtime/model/src/result/tests.rs::the_variable_of_a_result_is_derived_and_kept_for_results",
            "tests/lifecycle/results.rs::a_result_is_a_variable_of_the_steps_that_follow_and_takes_no_other_s_place",
            "runtime/plugin-host/tests/said.rs::results_are_said_by_granted_names_and_both_are_bounded",
            "runtime/model/src/result/tests.rs::a_value_is_what_it_says",
        ],
    },
    Row {
        by: Plugin,
        attack: "annotates a file outside of the project, or with text that moves the cursor or speaks to a CI system",
        promise: "refused, or shown as text",
        covers: &["power results"],
        tests: &[
            "runtime/model/src/result/tests.rs::an_annotation_is_about_a_file_of_the_project",
            "runtime/plugin-host/tests/attacks.rs::hostile_arguments_are_refused_in_words",
            "runtime/report/tests/reports/results.rs::results_and_annotations_are_told_and_results_are_listed_at_the_end",
        ],
    },
    Row {
        by: Plugin,
        attack: "imports a function or an interface that this windlass does not know",
        promise: "not loaded; the error names the version that it needs and the one that is served",
        covers: &[],
        tests: &[
            "runtime/plugin-host/tests/versions.rs::what_this_host_does_not_know_is_refused_with_both_versions",
            "runtime/plugin-host/tests/versions.rs::a_component_for_another_patch_runs_where_it_uses_nothing_new",
        ],
    },
];
