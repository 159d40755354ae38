// Written by windlass. DO NOT EDIT.

// Package windlass turns the errors of windlass:plugin into errors as Go has them, and back.
package windlass

import (
	"encoding/json"
	"errors"
	"fmt"

	types "{{bindings}}/windlass_plugin_types"
	wit "{{bindings}}/wit/types"
)

// Error is an error as windlass knows it. What a call to windlass returned passes through a plugin as it came, so that windlass can say what
// would grant a power that is missing.
type Error struct{ inner types.Error }

// Error says the error in words.
func (e Error) Error() string {
	switch e.inner.Tag() {
	case types.Error_Failed:
		return e.inner.Failed().Message
	case types.Error_Unsupported:
		return fmt.Sprintf("%s: %s", e.inner.Unsupported().Field, e.inner.Unsupported().Reason)
	case types.Error_Denied:
		return fmt.Sprintf("the power %s was not granted: %s", e.inner.Denied().Power, e.inner.Denied().Detail)
	case types.Error_Infrastructure:
		return e.inner.Infrastructure()
	default:
		return "the step is being stopped"
	}
}

// Failed is the error of work that failed; message is one sentence for a person.
func Failed(message string) error {
	return Error{types.MakeErrorFailed(types.Failure{Message: message, ExitCode: wit.None[int32]()})}
}

// Unsupported is the error of a request that asks for something that the plugin cannot do. field is its path in the request.
func Unsupported(field, reason string) error {
	return Error{types.MakeErrorUnsupported(types.Unsupported{Field: field, Reason: reason})}
}

// Check takes the result of a call to windlass apart.
func Check[T any](result wit.Result[T, types.Error]) (T, error) {
	if result.IsErr() {
		var none T
		return none, Error{result.Err()}
	}
	return result.Ok(), nil
}

// Do is Check for a call that returns nothing.
func Do(result wit.Result[wit.Unit, types.Error]) error {
	_, err := Check(result)
	return err
}

// Read reads a request, which is JSON.
func Read(request string, into any) error {
	if err := json.Unmarshal([]byte(request), into); err != nil {
		return Unsupported("with", err.Error())
	}
	return nil
}

// Result is what an exported function returns to windlass.
func Result[T any](value T, err error) wit.Result[T, types.Error] {
	var known Error
	switch {
	case err == nil:
		return wit.Ok[T, types.Error](value)
	case errors.As(err, &known):
		return wit.Err[T](known.inner)
	default:
		return wit.Err[T](types.MakeErrorFailed(types.Failure{Message: err.Error(), ExitCode: wit.None[int32]()}))
	}
}
