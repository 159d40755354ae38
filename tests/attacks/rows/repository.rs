//! What repositories try.

use super::Attacker::Repository;
use super::Row;

pub(super) const ROWS: &[Row] = &[
    Row {
        by: Repository,
        attack: "copies the whole working copy into an image (`COPY .`), with the file in it that a secret is read from",
        promise: "such a file stays on the machine however it is named, unless it is committed: `plan` and `run` warn of that",
        covers: &[],
        tests: &[
            "runtime/working-copy/src/secret_files/tests.rs::the_source_of_a_secret_stays_however_it_is_named",
            "runtime/working-copy/src/secret_files/tests.rs::only_what_is_committed_travels",
            "tests/cli/working_copy.rs::the_source_of_a_secret_is_left_out_whoever_names_it",
        ],
    },
    Row {
        by: Repository,
        attack: "writes or deletes caches of other work: another store, namespace, key or bound in its `windlass.yaml`, variables of its task file \
                 that call a pull request `main`",
        promise: "what is worked on is said by Git, the command line and the environment alone; what `windlass.yaml` says of caches needs \
                  trust, and replaces nothing that the platform says",
        covers: &["setting cache"],
        tests: &[
            "runtime/engine/src/planner/tests/caches.rs::nothing_of_the_task_file_says_whose_caches_they_are",
            "runtime/engine/src/planner/caches.rs::no_two_lines_of_work_have_one_scope",
            "runtime/cli/src/voices/tests.rs::a_store_of_the_platform_is_not_replaced_and_keeps_its_key",
            "runtime/cli/src/trust/collect.rs::what_counts_of_the_settings_for_caches_needs_trust",
            "runtime/model/src/settings/cache.rs::a_store_keeps_its_own_key",
        ],
    },
    Row {
        by: Repository,
        attack: "hides a script in a cache (`fingerprint_script`, `populate_script`) to escape grants, policy or the checks of containers",
        promise: "it is a call of the plugin that runs scripts, and is refused where a script is, in the same words",
        covers: &[],
        tests: &["runtime/engine/src/planner/tests/caches.rs::a_call_within_a_cache_meets_every_check_that_a_script_meets"],
    },
    Row {
        by: Repository,
        attack: "puts a secret into the key or the folder of a cache, where it would be stored for others to read",
        promise: "the plan is refused, and names the secret",
        covers: &[],
        tests: &["runtime/engine/src/planner/tests/caches.rs::a_secret_is_no_part_of_a_key_or_of_a_folder"],
    },
    Row {
        by: Repository,
        attack: "makes git run a program: fsmonitor, hooks, filters, a directory that looks like a repository",
        promise: "nothing that the repository names is run",
        covers: &[],
        tests: &[
            "tests/cli/hostile_git.rs::nothing_that_a_repository_names_is_run",
            "tests/cli/hostile_git.rs::a_committed_directory_that_looks_like_a_repository_is_none",
        ],
    },
    Row {
        by: Repository,
        attack: "through its `windlass.yaml`, runs a command, reads a file or variable of the host, or takes a Secret of another namespace",
        promise: "nothing happens until the user trusts exactly this",
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
            "setting api_patience",
            "setting room_timeout",
            "setting artifacts",
            "setting variables",
        ],
        tests: &[
            "tests/cli/trust.rs::a_repository_cannot_widen_what_the_platform_says",
            "tests/cli/trust/run.rs::aliases_and_registries_of_a_repository_need_trust_without_any_other_settings",
            "runtime/cli/src/voices/tests.rs::every_key_has_its_rule_and_the_readme_shows_it",
            "runtime/cli/src/voices/tests.rs::the_files_of_the_platform_narrow_each_other",
            "runtime/cli/src/voices/tests.rs::a_secret_of_the_platform_cannot_be_renamed_away",
        ],
    },
    Row {
        by: Repository,
        attack: "collects artifacts from elsewhere than the working directory, or into another place than the project's `.windlass/artifacts`",
        promise: "the step fails, and nothing is written",
        covers: &["setting artifacts"],
        tests: &[
            "tests/lifecycle/artifacts.rs::what_leads_out_of_the_working_directory_fails_the_step",
            "runtime/agent/protocol/src/glob/tests.rs::what_is_no_pattern_below_the_directory_is_refused",
            "runtime/artifact-store/src/incoming/tests.rs::nothing_is_written_where_a_repository_leads",
            "runtime/artifact-store/src/kept/tests.rs::nothing_but_what_lies_there_is_fetched",
            "runtime/working-copy/src/selection/tests.rs::what_runs_have_collected_stays_whatever_git_says",
            "runtime/model/src/artifact.rs::a_directory_is_called_as_what_it_is_for_and_never_leads_elsewhere",
        ],
    },
    Row {
        by: Repository,
        attack: "sends what its tasks collect to a store of its own choice, or to another one than the platform's",
        promise: "a store that the project names needs trust, with the directory that it leads to, and replaces none that the platform names; no pod gets \
                  its credentials",
        covers: &["setting artifacts"],
        tests: &[
            "runtime/cli/src/trust/collect.rs::where_artifacts_go_needs_trust_unless_the_platform_says_it",
            "tests/cli/artifacts.rs::where_artifacts_go_besides_is_planned_and_needs_trust",
            "tests/artifacts.rs::what_a_run_sends_to_a_bucket_another_machine_fetches",
        ],
    },
    Row {
        by: Repository,
        attack: "gives the name of a bundle, or a reference, to which something was granted, to a plugin of its own",
        promise: "a name counts for whoever gave it first, and a lock that differs from what it names runs nothing",
        covers: &["setting bundles", "setting vendored"],
        tests: &[
            "tests/distribution.rs::a_project_cannot_take_a_name_that_somebody_else_granted_to",
            "tests/distribution.rs::a_lock_that_was_changed_by_hand_is_refused_by_what_is_wrong_in_it",
            "tests/distribution.rs::a_vendored_site_reaches_no_registry",
            "runtime/model/src/settings/grants/tests.rs::a_directory_is_not_left_by_the_way_a_path_is_written",
        ],
    },
    Row {
        by: Repository,
        attack: "has a plugin of its own make tasks, with powers that it grants itself, before anybody has looked at the project",
        promise: "no plugin runs with powers that only the repository grants before the user trusts that, not even for `check` or `plan`; what the \
                  platform forbids or narrows stays so",
        covers: &["setting generate"],
        tests: &[
            "tests/cli/generate/refused.rs::a_grant_of_the_repository_s_own_needs_trust_before_it_runs",
            "tests/cli/generate/refused.rs::powers_that_were_not_granted_are_refused_with_the_lines_that_grant_them",
            "tests/cli/generate.rs::a_platform_makes_tasks_wherever_there_is_such_a_file",
        ],
    },
    Row {
        by: Repository,
        attack: "lets a plugin make tasks of a file outside of the project, of Git's own, or of one that holds a secret",
        promise: "refused: only regular files inside of the project are read, by paths without links, and none that settings or the command \
                  line read a secret from",
        covers: &["setting generate"],
        tests: &[
            "tests/cli/generate/refused.rs::no_link_leads_to_what_may_not_be_named",
            "tests/cli/generate/refused.rs::a_file_that_is_none_of_the_project_is_refused",
            "tests/cli/generate/refused.rs::the_source_of_a_secret_is_no_file_for_plugins",
        ],
    },
    Row {
        by: Repository,
        attack: "brings a list of artifacts that no run has written, which leads `windlass artifacts get` into Git's own directory or is the \
                 last run for ever",
        promise: "it is told and left out: only TASK/NAME, of which no part begins with a dot, is fetched, and no time to come counts",
        covers: &[],
        tests: &["runtime/artifact-store/src/kept/tests.rs::a_list_that_no_run_wrote_is_told_and_left_out"],
    },
    Row {
        by: Repository,
        attack: "names a signer of its own in `signers`, or a key of its own for one of the platform's",
        promise: "refused: whom to trust only the platform says",
        covers: &["setting signers"],
        tests: &[
            "tests/signers.rs::a_repository_cannot_name_a_signer",
            "runtime/config/tests/signers.rs::a_repository_says_nothing_of_signers",
        ],
    },
    Row {
        by: Repository,
        attack: "chooses a cluster, a namespace or a kubeconfig of its own",
        promise: "needs the user's trust, and never leaves the platform's list",
        covers: &["setting clusters"],
        tests: &[
            "tests/cli/trust.rs::a_place_needs_trust_unless_the_user_or_the_platform_chose_it",
            "runtime/cli/src/places/tests.rs::what_only_the_file_chose_is_left_out_without_trust",
        ],
    },
    Row {
        by: Repository,
        attack: "gives its pods a service account, tolerations, annotations or labels that others act upon, or windlass' own, by `pods`",
        promise: "needs the user's trust and never overrides the platform's word; windlass' own labels and annotations are refused",
        covers: &["setting pods"],
        tests: &[
            "tests/cli/trust.rs::what_a_repository_asks_for_does_not_happen_without_trust",
            "tests/cli/pods.rs::a_repository_adds_to_the_platforms_pods_and_overrides_nothing",
            "runtime/config/tests/pods.rs::what_is_windlass_own_or_chooses_a_profile_is_refused_where_it_stands",
            "runtime/kube/src/manifest/tests.rs::what_settings_add_is_written_and_overwrites_nothing",
        ],
    },
    Row {
        by: Repository,
        attack: "weakens containers by the `securityContext` of its `pods`: privilege, root, capabilities, no seccomp filter",
        promise: "policy judges what comes out; what a plugin brings is never weakened; what the platform says against it stands",
        covers: &["setting pods"],
        tests: &[
            "runtime/engine/src/planner/tests/pods.rs::what_settings_weaken_is_judged_and_given_to_no_plugin",
            "runtime/engine/src/planner/tests/pods.rs::neither_a_later_file_nor_a_step_takes_it_back",
            "runtime/model/src/settings/pods.rs::a_later_word_only_narrows",
        ],
    },
    Row {
        by: Repository,
        attack: "asks for more of the pod than the policy allows: privilege, images, bases of Dockerfiles",
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
        attack: "has a link out of the project, or a pipe that would block windlass, in place of a file",
        promise: "one clear error that shows nothing of the target",
        covers: &[],
        tests: &[
            "tests/cli/hostile_files.rs::a_task_file_that_is_none_is_one_clear_error",
            "tests/cli/hostile_files.rs::settings_that_are_none_are_one_clear_error",
            "tests/cli/hostile_files.rs::certificates_and_dockerfiles_that_are_none_hold_up_nobody",
            "runtime/working-copy/src/pack/tests.rs::what_is_no_file_stays_and_holds_up_nobody",
        ],
    },
    Row {
        by: Repository,
        attack: "gives tasks, steps and files names that act on a terminal or a CI system",
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
        attack: "is an archive whose `.git` is a file, a link, or full of links, leading to another of the user's repositories",
        promise: "Git is not run there; neither its commits nor its objects are read, shown or sent",
        covers: &[],
        tests: &[
            "tests/cli/working_copy.rs::a_git_file_that_names_a_stranger_s_repository_is_not_followed",
            "runtime/working-copy/src/repository/tests.rs::what_leads_to_somebody_elses_repository_is_not_asked",
            "runtime/working-copy/src/history/tests.rs::nothing_of_a_repository_that_is_not_its_own_is_sent",
            "tests/cli/working_copy.rs::objects_of_another_repository_need_trust",
        ],
    },
    Row {
        by: Repository,
        attack: "gets files uploaded that rules above the project, or in the user's own files, keep out of Git",
        promise: "Git decides what is sent; `plan` names what stays behind",
        covers: &[],
        tests: &[
            "tests/cli/working_copy.rs::a_project_in_a_part_of_a_repository_obeys_the_rules_above_it",
            "runtime/working-copy/src/selection/tests.rs::every_rule_of_git_counts_wherever_it_is_written",
            "runtime/working-copy/src/selection/tests.rs::without_an_answer_of_git_the_rules_above_count_too",
        ],
    },
    Row {
        by: Repository,
        attack: "has a private key beside a certificate, or tokens in `.git/config`",
        promise: "keys are refused; tokens stay on the host and are masked",
        covers: &["setting registries"],
        tests: &[
            "tests/cli/hostile_files.rs::a_key_beside_a_certificate_is_refused_and_not_shown",
            "runtime/working-copy/src/pack/tests.rs::a_clone_arrives_without_its_tokens",
        ],
    },
];
