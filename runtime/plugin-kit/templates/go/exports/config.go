// Written by windlass. DO NOT EDIT.

// Package export_windlass_plugin_config_plugin passes calls on to the plugin.
package export_windlass_plugin_config_plugin

import (
	plugin "{{module}}"
	"{{bindings}}/windlass"
	config "{{bindings}}/windlass_plugin_config_plugin"
	types "{{bindings}}/windlass_plugin_types"
	wit "{{bindings}}/wit/types"
)

func Generate(request string, file config.Source) wit.Result[string, types.Error] {
	return windlass.Result(plugin.Generate(request, file))
}
