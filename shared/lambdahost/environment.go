package lambdahost

import (
	"cmp"
	"fmt"
	"strconv"

	"ongoing24so/shared/allowedhosts"
	"ongoing24so/shared/naming"
)

// An environment is the decoded environment of a function; naming lists the variables.
type environment struct {
	settingsTable, stateTable, secretPrefix, office24URL, logLevel string
	hosts                                                          allowedhosts.List
	concurrency                                                    int
}

// readEnvironment returns an error that names the variable if one is missing or invalid.
func readEnvironment(getenv func(string) string) (environment, error) {
	e := environment{
		settingsTable: getenv(naming.EnvSettingsTable),
		stateTable:    getenv(naming.EnvStateTable),
		secretPrefix:  cmp.Or(getenv(naming.EnvSecretPrefix), naming.DefaultSecretPrefix),
		office24URL:   cmp.Or(getenv(naming.EnvOffice24URL), naming.DefaultOffice24URL),
		logLevel:      cmp.Or(getenv(naming.EnvLogLevel), naming.DefaultLogLevel),
		concurrency:   naming.DefaultConcurrency,
	}
	for _, name := range []string{naming.EnvSettingsTable, naming.EnvStateTable} {
		if getenv(name) == "" {
			return e, fmt.Errorf("%s: must name the table", name)
		}
	}
	var err error
	if text := getenv(naming.EnvConcurrency); text != "" {
		if e.concurrency, err = strconv.Atoi(text); err != nil || e.concurrency < 1 {
			return e, fmt.Errorf("%s: must be a whole number from 1", naming.EnvConcurrency)
		}
	}
	hosts := cmp.Or(getenv(naming.EnvOngoingHosts), naming.DefaultOngoingHosts)
	if e.hosts, err = allowedhosts.Parse(hosts); err != nil {
		return e, fmt.Errorf("%s: %w", naming.EnvOngoingHosts, err)
	}
	if err := e.hosts.AllowScheme(e.office24URL); err != nil {
		return e, fmt.Errorf("%s: %w", naming.EnvOffice24URL, err)
	}
	return e, nil
}
