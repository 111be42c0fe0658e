package main

import (
	"context"
	"fmt"
)

type digestCommand struct{}

// Run prints the daily mail as it would be now; nothing if nobody has trouble.
func (digestCommand) Run(ctx context.Context, a *app) error {
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	d, err := a.reader(s).Digest(ctx)
	if err != nil {
		return err
	}
	if a.JSON {
		err = a.printJSON("digest", d)
	} else {
		fmt.Fprint(a.out, d.Text)
	}
	switch {
	case err != nil:
		return err
	case len(d.Troubled) > 0:
		return errSomething
	}
	a.say("nobody has trouble; there is no mail")
	return nil
}
