// Written by windlass. DO NOT EDIT.

// Package export_windlass_plugin_step_plugin passes calls on to the plugin.
package export_windlass_plugin_step_plugin

import (
	plugin "{{module}}"
	"{{bindings}}/windlass"
	types "{{bindings}}/windlass_plugin_types"
	wit "{{bindings}}/wit/types"
)

func Requirements(request string) wit.Result[types.Needs, types.Error] {
	return windlass.Result(plugin.Requirements(request))
}

func Run(request string) wit.Result[wit.Unit, types.Error] {
	return windlass.Result(wit.Unit{}, plugin.Run(request))
}

func Cleanup(request string) wit.Result[wit.Unit, types.Error] {
	return windlass.Result(wit.Unit{}, plugin.Cleanup(request))
}
