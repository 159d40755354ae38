//! One test for each case: a file, and what windlass makes of it.

mod support;

macro_rules! cases {
    ($($group:ident { $($name:ident,)+ })+) => {
        $(mod $group {
            $(#[test]
            fn $name() {
                super::support::check(&concat!(stringify!($group), "/", stringify!($name)).replace('_', "-"));
            })+
        })+

        #[test]
        fn every_case_has_a_test() {
            let named: std::collections::BTreeSet<String> =
                [$($(concat!(stringify!($group), "/", stringify!($name)).replace('_', "-"),)+)+].into();
            let there: std::collections::BTreeSet<String> = support::all().into_iter().collect();
            assert_eq!(named, there);
        }
    };
}

cases! {
    constructs {
        always_accumulates,
        commands_spread_over_items,
        comments_only,
        docker_builder,
        fields_from_variables,
        matrix_as_a_map,
        matrix_in_a_sidecar,
        matrix_in_docker_arguments,
        matrix_inside_a_matrix_entry,
        matrix_of_caches,
        matrix_twice_in_one_env,
        merge_above_and_below,
        merge_of_a_list_replaces_a_map,
        merge_of_a_list_replaces_a_script,
        merge_of_conditions,
        merge_of_matrices,
        merge_of_several_maps,
        names_of_every_kind,
        regular_expression_in_a_variable,
        root_keys_that_are_only_anchors,
        templates_three_levels_deep,
        text_stays_text,
        unquoted_colons,
        variables_from_outside,
        variables_from_outside_given,
        variables_in_the_environment_of_a_sidecar,
    }
    pitfalls {
        a_secret_within_the_environment_of_a_sidecar,
        aks_container,
        backslash_in_plain_text,
        dollar_parenthesis_in_a_sidecar,
        encrypted_in_flow_map,
        exclamation_mark_unquoted,
        exclamation_mark_with_comma,
        folded_commands,
        memory_forms,
        repeated_keys,
        set_but_empty,
        sidecar_names,
        sidecar_names_wrong,
        unknown_keys,
        unknown_keys_strict,
    }
    language {
        caches,
        upload_caches,
        artifacts,
        changes_unknown,
        closing_marker,
        conditions,
        dockerfile,
        dollar_in_with,
        empty_values,
        env_forms,
        ignored_variables,
        image_or_dockerfile,
        instance_inheritance,
        instances,
        instructions,
        labels,
        lists_in_variables,
        names_inside,
        not_here,
        nulls_in_lists,
        operating_systems,
        own_clone,
        plugin_steps,
        pull_credentials,
        secrets,
        service_keys,
        started_by_hand,
        tag_not_set,
        variables_in_a_sidecar_command,
        waits_only,
    }
    errors {
        caches,
        artifacts,
        colon_in_text,
        container_fields,
        dependencies,
        dockerfile,
        env,
        expressions,
        instructions,
        matrix,
        matrix_outside_of_tasks,
        merge_of_a_list_beside_keys,
        merges,
        misplaced_secrets,
        no_instance,
        not_a_map,
        nothing_to_do,
        shared_ports,
        slips,
        tab,
        two_documents,
        unknown_anchor,
        unknown_variables,
        upload_caches,
    }
    settings {
        caches,
        key_of_caches,
        wrong_caches,
        all_at_once,
        empty,
        everything,
        not_a_map,
        old_policy,
        values_of_secrets,
        wrong,
        wrong_pods,
    }
}
