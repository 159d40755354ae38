//! What registries and those who write to them try, between the author of a plugin and who uses it.

use super::Attacker::{Neighbour, Plugin, Repository, Server};
use super::Row;

pub(super) const ROWS: &[Row] = &[
    Row {
        by: Plugin,
        attack: "imports WASI or anything else that windlass does not serve, or asks in its imports for more than its manifest says",
        promise: "not loaded, naming the import; an import that the manifest hides is shown and has to be granted",
        covers: &[],
        tests: &[
            "runtime/plugin-host/tests/loading.rs::imports_from_elsewhere_are_named",
            "runtime/plugin-host/tests/versions.rs::what_this_host_does_not_know_is_refused_with_both_versions",
            "runtime/plugin-host/src/load.rs::a_plugin_asks_for_its_imports_within_its_manifest_and_for_what_it_brings",
        ],
    },
    Row {
        by: Plugin,
        attack: "is packed so that it can be read in two ways: two plugins of one name, names that are paths, an index in an index or one that \
                 names itself, several layers, something compressed",
        promise: "refused as a whole; nothing is unpacked to find out",
        covers: &[],
        tests: &[
            "runtime/artifact/src/bundle/tests.rs::what_could_be_read_in_two_ways_is_not_read",
            "runtime/artifact/src/bundle/tests.rs::what_cannot_be_one_bundle_is_not_packed",
            "runtime/artifact/src/bundle/tests.rs::an_index_holds_manifests_alone",
            "runtime/artifact/src/name.rs::a_name_is_never_a_path_or_an_option",
            "runtime/artifact/src/component/tests.rs::a_layer_is_taken_by_its_content",
            "runtime/artifact/src/component/tests.rs::what_is_no_plugin_is_told_in_its_own_words",
        ],
    },
    Row {
        by: Plugin,
        attack: "brings a signature that is not over it by the trusted key: none, another key's, of another artifact, over another statement, \
                 changed afterwards, expired",
        promise: "not approved, each in its own words; what cosign signs is held to the same",
        covers: &[],
        tests: &[
            "runtime/artifact/src/signature/tests.rs::each_reason_to_refuse_has_its_own_words",
            "runtime/artifact/src/signature/tests.rs::what_was_changed_afterwards_is_refused",
            "runtime/artifact/src/signature/tests.rs::what_is_no_signature_is_malformed",
            "tests/distribution.rs::a_signature_is_over_one_digest_by_one_key",
            "tests/interop/cosign.rs::windlass_accepts_what_cosign_signs_and_nothing_else",
            "tests/interop/cosign.rs::a_signature_that_was_moved_approves_of_nothing",
        ],
    },
    Row {
        by: Plugin,
        attack: "asks for more in a later version",
        promise: "nobody gets that version before the new powers were shown and approved of, and nothing of them before they are granted",
        covers: &[],
        tests: &[
            "tests/distribution.rs::new_powers_are_approved_of_before_they_are_locked",
            "tests/interop/one_line.rs::a_signed_bundle_serves_repositories_with_one_line_each_and_asks_again_for_more",
            "runtime/plugin-store/src/diff/tests.rs::each_new_power_is_told_and_each_lost_one_is_not",
        ],
    },
    Row {
        by: Repository,
        attack: "changes `windlass.lock` by hand, or leaves a merge in it unfinished",
        promise: "what differs from what it names is refused, with the line; nothing is run and nothing is written",
        covers: &[],
        tests: &[
            "tests/distribution.rs::a_lock_that_was_changed_by_hand_is_refused_by_what_is_wrong_in_it",
            "runtime/plugin-store/src/lock/tests.rs::each_mistake_is_told_with_its_line",
            "runtime/plugin-store/src/lock/tests.rs::a_merge_that_was_not_finished_is_told_as_one",
            "runtime/plugin-store/src/lock/tests.rs::a_reference_has_one_entry",
        ],
    },
    Row {
        by: Repository,
        attack: "names bundles by each other, in a circle",
        promise: "a bundle is on disk or in a registry, and nothing else names one",
        covers: &["setting bundles"],
        tests: &["tests/cli/bundles.rs::a_bundle_is_not_named_by_another"],
    },
    Row {
        by: Neighbour,
        attack: "pulls the same plugin at the same time, fills the disk meanwhile, or changes what is kept",
        promise: "everybody has the whole plugin or an error; what is kept is held against its digest each time",
        covers: &[],
        tests: &[
            "tests/interop/together.rs::processes_that_fetch_the_same_plugin_all_have_it",
            "tests/interop/together.rs::a_disk_that_is_full_leaves_nothing_half",
            "runtime/plugin-store/src/store/tests.rs::processes_that_write_the_same_all_succeed",
            "runtime/plugin-store/src/store/tests.rs::a_full_disk_leaves_nothing_half",
            "runtime/plugin-store/src/store/tests.rs::what_is_damaged_is_missing",
            "runtime/plugin-store/src/store/tests.rs::a_store_that_others_can_write_is_not_used",
        ],
    },
    Row {
        by: Server,
        attack: "answers with other bytes than those of the digest, claims a digest, or moves a tag between two questions",
        promise: "only what has the digest is taken, and a tag is asked for once",
        covers: &["setting registries"],
        tests: &[
            "runtime/registry/tests/registry/pull.rs::other_bytes_than_those_of_the_digest_are_refused",
            "runtime/registry/tests/registry/pull.rs::a_digest_that_a_registry_claims_is_not_believed",
            "runtime/registry/tests/registry/pull.rs::a_tag_that_moves_does_not_change_what_is_read",
            "runtime/registry/tests/registry/push.rs::a_registry_that_keeps_other_bytes_is_found_out",
        ],
    },
    Row {
        by: Server,
        attack: "sends what has no end, or says that it will: a blob, a list of tags or signatures, redirects",
        promise: "left at its bound, and what claims to be beyond it is not read at all",
        covers: &[],
        tests: &[
            "runtime/registry/tests/registry/pull.rs::what_has_no_end_is_left_at_its_bound",
            "runtime/registry/tests/registry/pull.rs::what_claims_to_be_huge_is_not_read",
            "runtime/registry/tests/registry/pull.rs::a_blob_of_another_size_is_refused_before_it_is_read",
            "runtime/registry/tests/registry/tags.rs::pages_without_an_end_are_left",
            "runtime/registry/tests/registry/referrers.rs::a_list_without_an_end_is_left",
            "runtime/registry/tests/registry/redirects.rs::redirects_in_a_circle_end",
        ],
    },
    Row {
        by: Server,
        attack: "speaks plain HTTP where TLS is due, or shows a certificate that has expired, is for another name or by an unknown authority",
        promise: "refused with the reason, before anything is sent",
        covers: &["setting registries"],
        tests: &[
            "runtime/registry/tests/registry/tls.rs::plain_http_where_tls_is_due_is_refused",
            "runtime/registry/tests/registry/tls.rs::a_certificate_that_will_not_do_is_refused_with_the_reason",
            "runtime/registry/tests/registry/tls.rs::an_unknown_authority_is_refused_and_another_one_does_not_help",
            "runtime/registry/tests/registry/real.rs::a_registry_of_which_the_certificate_expired_is_refused",
        ],
    },
    Row {
        by: Server,
        attack: "redirects to another host or out of TLS, or names a token service that is to have the password",
        promise: "another host gets no credentials, TLS is not left, and a token service without it gets nothing",
        covers: &["setting registries"],
        tests: &[
            "runtime/registry/tests/registry/redirects.rs::another_host_gets_no_credentials",
            "runtime/registry/tests/registry/redirects.rs::tls_is_not_left_by_a_redirect",
            "runtime/registry/tests/registry/redirects.rs::credentials_do_not_come_back_by_a_detour",
            "runtime/registry/tests/registry/logins.rs::a_token_service_without_tls_gets_nothing",
            "runtime/registry/tests/registry/logins.rs::an_identity_token_goes_nowhere_else",
            "runtime/registry/tests/registry/mirrors.rs::a_mirror_without_tls_gets_no_password",
        ],
    },
    Row {
        by: Server,
        attack: "refuses, is busy, or breaks off in the middle, again and again",
        promise: "each refusal says what to do; what may pass is asked for again, a blob from where it broke off, and given up in time",
        covers: &[],
        tests: &[
            "runtime/registry/tests/registry/answers.rs::each_refusal_says_what_to_do",
            "runtime/registry/tests/registry/retries.rs::a_blob_that_breaks_off_is_resumed",
            "runtime/registry/tests/registry/retries.rs::a_part_that_was_not_asked_for_is_refused",
            "runtime/registry/tests/registry/retries.rs::a_registry_that_always_breaks_off_is_given_up",
            "runtime/registry/tests/registry/retries.rs::what_may_pass_is_asked_for_again",
        ],
    },
    Row {
        by: Server,
        attack: "keeps signatures back, or does not say whether there are any",
        promise: "a failure is an error and never \"not signed\"; \"not signed\" is never approved",
        covers: &[],
        tests: &[
            "runtime/registry/tests/registry/referrers.rs::a_failure_is_not_an_empty_list",
            "runtime/registry/tests/registry/mirrors.rs::a_mirror_does_not_say_that_there_are_no_signatures",
        ],
    },
];
