// Written by windlass. DO NOT EDIT.

// Package export_windlass_plugin_build_plugin passes calls on to the plugin.
package export_windlass_plugin_build_plugin

import (
	plugin "{{module}}"
	"{{bindings}}/windlass"
	build "{{bindings}}/windlass_plugin_build_plugin"
	images "{{bindings}}/windlass_plugin_images"
	types "{{bindings}}/windlass_plugin_types"
	wit "{{bindings}}/wit/types"
)

func Requirements(request build.BuildRequest) wit.Result[types.Needs, types.Error] {
	return windlass.Result(plugin.Requirements(request))
}

func Build(request build.BuildRequest) wit.Result[images.BuiltImage, types.Error] {
	return windlass.Result(plugin.Build(request))
}

func Cleanup(request build.BuildRequest) wit.Result[wit.Unit, types.Error] {
	return windlass.Result(wit.Unit{}, plugin.Cleanup(request))
}
