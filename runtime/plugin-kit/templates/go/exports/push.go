// Written by windlass. DO NOT EDIT.

// Package export_windlass_plugin_push_plugin passes calls on to the plugin.
package export_windlass_plugin_push_plugin

import (
	plugin "{{module}}"
	"{{bindings}}/windlass"
	images "{{bindings}}/windlass_plugin_images"
	push "{{bindings}}/windlass_plugin_push_plugin"
	types "{{bindings}}/windlass_plugin_types"
	wit "{{bindings}}/wit/types"
)

func Requirements(request push.PushRequest) wit.Result[types.Needs, types.Error] {
	return windlass.Result(plugin.Requirements(request))
}

func Push(request push.PushRequest, images []images.BuiltImage) wit.Result[[]images.PushedImage, types.Error] {
	return windlass.Result(plugin.Push(request, images))
}

func Cleanup(request push.PushRequest) wit.Result[wit.Unit, types.Error] {
	return windlass.Result(wit.Unit{}, plugin.Cleanup(request))
}
