package stack

import (
	"errors"
	"fmt"
	"maps"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ongoing24so/shared/allowedhosts"
	"ongoing24so/shared/naming"
)

// Config is what an operator can choose: the context values, read and checked.
type Config struct {
	StackName           string
	Ephemeral           bool
	AlarmEmail          string
	Segments            int
	NewTrouble          int
	RunbookURL          string
	DigestHour          int
	LogRetentionDays    int
	SecretPrefix        string
	OngoingHosts        string
	Office24URL         string
	CustomerConcurrency int
	MemoryMiB           int
	TableUnits          int
	LogLevel            string
}

// A Value is one context value. cdk.json has each with its default and, under "//", what it is and which values are
// allowed; a test compares the two.
type Value struct {
	Name    string
	Default any
	// Allowed describes the allowed values; an error quotes it.
	Allowed string
	About   string

	// set stores the value and reports whether it is allowed.
	set func(*Config, string) bool
}

// Values lists the context values in the order in which they are read.
func Values() []Value {
	return []Value{
		{
			Name: "stackName", Default: "ongoing24so",
			Allowed: "up to 40 lower-case letters, digits and hyphens, beginning with a letter",
			About:   "name of the stack, and the beginning of the name of everything in it",
			set:     func(c *Config, s string) bool { c.StackName = s; return matches(`[a-z][a-z0-9-]{0,39}`, s) },
		},
		{
			Name: "ephemeral", Default: false,
			Allowed: "true or false",
			About: "true: a stack for tests; its tables and logs are deleted with it, and it has no " +
				"termination protection",
			set: func(c *Config, s string) bool { c.Ephemeral = s == "true"; return s == "true" || s == "false" },
		},
		{
			Name: "alarmEmail", Default: "",
			Allowed: "an e-mail address, or empty",
			About:   "who receives the alarms, after the address has confirmed the subscription",
			set:     func(c *Config, s string) bool { c.AlarmEmail = s; return s == "" || isEmail(s) },
		},
		{
			Name: "segments", Default: 1,
			Allowed: "a whole number from 1 to 50",
			About: "invocations of each process at a tick, each with its share of the customers; raise it if runs " +
				"come near the timeout",
			set: func(c *Config, s string) bool { return number(&c.Segments, s, 1, 50) },
		},
		{
			Name: "newTrouble", Default: 1,
			Allowed: "a whole number from 1 to 1000",
			About: "customers in new trouble at the same time, or orders newly stuck, or records that have drifted, " +
				"from which an alarm goes on; what is less is in the daily mail; raise it with the number of customers",
			set: func(c *Config, s string) bool { return number(&c.NewTrouble, s, 1, 1000) },
		},
		{
			Name: "runbookUrl", Default: "",
			Allowed: "an https:// address without #, or empty",
			About: "address at which your people read infra/stack/RUNBOOK.md, such as its page in your repository; " +
				"each alarm links to its section",
			set: func(c *Config, s string) bool { c.RunbookURL = s; return s == "" || isPage(s) },
		},
		{
			Name: "digestHour", Default: 5,
			Allowed: "a whole number from 0 to 23",
			About:   "hour (UTC) of the daily mail about customers in trouble; it comes only if there are any",
			set:     func(c *Config, s string) bool { return number(&c.DigestHour, s, 0, 23) },
		},
		{
			Name: "logRetentionDays", Default: 90,
			Allowed: "one of " + list(retentions()),
			About:   "days for which logs are kept",
			set: func(c *Config, s string) bool {
				return number(&c.LogRetentionDays, s, 1, 3653) && slices.Contains(retentions(), c.LogRetentionDays)
			},
		},
		{
			Name: "secretPrefix", Default: naming.DefaultSecretPrefix,
			Allowed: "letters, digits and any of /_+=.@- with a / at the end",
			About:   "beginning of the name of a customer's secret; the functions may read all secrets under it",
			set: func(c *Config, s string) bool {
				c.SecretPrefix = s
				return matches(`[A-Za-z0-9/_+=.@-]*[A-Za-z0-9]/`, s)
			},
		},
		{
			Name: "ongoingHosts", Default: naming.DefaultOngoingHosts,
			Allowed: "hosts separated by commas, each host, host:port, *.domain.tld or *.domain.tld:port",
			About:   "hosts that a customer's Ongoing WMS address may name",
			set:     func(c *Config, s string) bool { c.OngoingHosts = s; return areHosts(s) },
		},
		{
			Name: "office24Url", Default: naming.DefaultOffice24URL,
			Allowed: "https:// and a host, without a path; http:// only for a loopback address listed in ongoingHosts",
			About:   "address of 24SevenOffice",
			set:     func(c *Config, s string) bool { c.Office24URL = s; return isBaseURL(s, c.OngoingHosts) },
		},
		{
			Name: "customerConcurrency", Default: naming.DefaultConcurrency,
			Allowed: "a whole number from 1 to 256",
			About:   "customers worked on at the same time in one invocation",
			set:     func(c *Config, s string) bool { return number(&c.CustomerConcurrency, s, 1, 256) },
		},
		{
			Name: "memoryMiB", Default: 512,
			Allowed: "a whole number from 256 to 10240",
			About: "memory of each function, which also decides how much processor it gets: 1769 are one; raise it " +
				"if you raise customerConcurrency",
			set: func(c *Config, s string) bool { return number(&c.MemoryMiB, s, 256, 10_240) },
		},
		{
			Name: "tableUnits", Default: 4000,
			Allowed: "a whole number from 100 to 40000",
			About: "read units, and write units, that each table may use in a second; DynamoDB throttles what is " +
				"above, so that a mistake cannot cost without limit",
			set: func(c *Config, s string) bool { return number(&c.TableUnits, s, 100, 40_000) },
		},
		{
			Name: "logLevel", Default: "INFO",
			Allowed: "DEBUG, INFO, WARN or ERROR",
			About:   "lowest level of the log lines that are written",
			set:     func(c *Config, s string) bool { c.LogLevel = s; return matches(`DEBUG|INFO|WARN|ERROR`, s) },
		},
	}
}

// Read makes a Config from the context, which has values from cdk.json, typed as in JSON, and from the command line,
// always text. An absent value has its default. The error names every wrong value with the allowed ones, and every
// unknown name: a misspelt name would otherwise be ignored silently.
func Read(context map[string]any) (Config, error) {
	var config Config
	errs := unknown(context)
	for _, value := range Values() {
		given, ok := context[value.Name]
		if !ok {
			given = value.Default
		}
		if !value.set(&config, fmt.Sprint(given)) {
			errs = append(errs, fmt.Errorf(
				"context value %s is %q; allowed: %s", value.Name, fmt.Sprint(given), value.Allowed))
		}
	}
	return config, errors.Join(errs...)
}

// unknown returns an error for each name that looks like ours and is not. The CDK's own names contain a colon, a slash
// or a hyphen.
func unknown(context map[string]any) (errs []error) {
	var names []string
	for _, value := range Values() {
		names = append(names, value.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(context)) {
		if matches(`[A-Za-z0-9]+`, name) && !slices.Contains(names, name) {
			errs = append(errs, fmt.Errorf(
				"context value %s is unknown; the context values are %s", name, strings.Join(names, ", ")))
		}
	}
	return errs
}

// retentions are the numbers of days that CloudWatch Logs accepts.
func retentions() []int {
	return []int{
		1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
	}
}

// isBaseURL reports whether s is a scheme and host, without a path, to which the functions would send credentials.
func isBaseURL(s, hosts string) bool {
	allowed, err := allowedhosts.Parse(hosts)
	if err != nil {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && u.Scheme+"://"+u.Host == s && allowed.AllowScheme(s) == nil
}

// isPage reports whether s is the address of a page, to which an anchor can be added.
func isPage(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Host != "" && !strings.ContainsAny(s, "# ")
}

func areHosts(s string) bool {
	_, err := allowedhosts.Parse(s)
	return err == nil
}

func isEmail(s string) bool {
	address, err := mail.ParseAddress(s)
	return err == nil && address.Address == s
}

func number(to *int, s string, least, most int) bool {
	n, err := strconv.Atoi(s)
	*to = n
	return err == nil && least <= n && n <= most
}

func matches(pattern, s string) bool {
	return regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString(s)
}

func list(numbers []int) string {
	return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(numbers)), ", "), "[]")
}
