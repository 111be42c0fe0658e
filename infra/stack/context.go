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
	"time"

	"ongoing24so/shared/allowedhosts"
	"ongoing24so/shared/naming"
)

// Config is what an operator may choose: the context values, read and checked.
type Config struct {
	StackName           string
	Ephemeral           bool
	AlarmEmail          string
	Segments            int
	OldestSyncAge       time.Duration
	LogRetentionDays    int
	SecretPrefix        string
	OngoingHosts        string
	Office24URL         string
	CustomerConcurrency int
	LogLevel            string
}

// A Value is one context value. cdk.json carries each with its default, and under "//" what it is and what it may be; a
// test holds the two together.
type Value struct {
	Name    string
	Default any
	// May is what the value may be; it is what a refusal says.
	May   string
	About string

	// set stores the value and tells whether it may be that.
	set func(*Config, string) bool
}

// Values lists the context values in the order in which they are read.
func Values() []Value {
	return []Value{
		{
			"stackName", "ongoing24so", "up to 40 lower-case letters, digits and hyphens, beginning with a letter",
			"name of the stack and beginning of the name of everything in it",
			func(c *Config, s string) bool { c.StackName = s; return matches(`[a-z][a-z0-9-]{0,39}`, s) },
		},
		{
			"ephemeral", false, "true or false",
			"true: a stack for tests, whose tables and logs go when it is deleted",
			func(c *Config, s string) bool { c.Ephemeral = s == "true"; return s == "true" || s == "false" },
		},
		{
			"alarmEmail", "", "an e-mail address, or empty",
			"who is told of alarms, once the address has confirmed the subscription",
			func(c *Config, s string) bool { c.AlarmEmail = s; return s == "" || isEmail(s) },
		},
		{
			"segments", 1, "a whole number from 1 to 50",
			"invocations of each process at a tick, each with its share of the customers, more when runs come near the timeout",
			func(c *Config, s string) bool { return number(&c.Segments, s, 1, 50) },
		},
		{
			"oldestSyncAgeMinutes", 120, "a whole number from 30 to 2880",
			"age of the last success of an enabled customer that raises the alarm, more than the longest intervalMinutes in use",
			func(c *Config, s string) bool {
				var minutes int
				ok := number(&minutes, s, 30, 2880)
				c.OldestSyncAge = time.Duration(minutes) * time.Minute
				return ok
			},
		},
		{
			"logRetentionDays", 90, "one of " + list(retentions()),
			"days for which logs are kept",
			func(c *Config, s string) bool {
				return number(&c.LogRetentionDays, s, 1, 3653) && slices.Contains(retentions(), c.LogRetentionDays)
			},
		},
		{
			"secretPrefix", naming.DefaultSecretPrefix, "letters, digits and any of /_+=.@- with a / at the end",
			"beginning of the name of a customer's secret, and all secrets under it may be read by the functions",
			func(c *Config, s string) bool {
				c.SecretPrefix = s
				return matches(`[A-Za-z0-9/_+=.@-]*[A-Za-z0-9]/`, s)
			},
		},
		{
			"ongoingHosts", naming.DefaultOngoingHosts, "hosts separated by commas, each host, host:port, *.domain.tld or *.domain.tld:port",
			"hosts that a customer's Ongoing WMS address may name",
			func(c *Config, s string) bool { c.OngoingHosts = s; return areHosts(s) },
		},
		{
			"office24Url", naming.DefaultOffice24URL, "https:// and a host, without a path; http:// only for a loopback address listed in ongoingHosts",
			"where 24SevenOffice is",
			func(c *Config, s string) bool { c.Office24URL = s; return isBaseURL(s, c.OngoingHosts) },
		},
		{
			"customerConcurrency", naming.DefaultConcurrency, "a whole number from 1 to 256",
			"customers worked on at once in one invocation",
			func(c *Config, s string) bool { return number(&c.CustomerConcurrency, s, 1, 256) },
		},
		{
			"logLevel", "INFO", "DEBUG, INFO, WARN or ERROR",
			"least level of the log lines that are written",
			func(c *Config, s string) bool { c.LogLevel = s; return matches(`DEBUG|INFO|WARN|ERROR`, s) },
		},
	}
}

// Read makes a Config of the context, which holds values from cdk.json, typed as JSON has them, and from the command
// line, always text. A value that is absent has its default. The error names every wrong value and what it may be, and
// every name that is no value of ours: a misspelt name would otherwise be ignored in silence.
func Read(context map[string]any) (Config, error) {
	var config Config
	errs := unknown(context)
	for _, value := range Values() {
		given, ok := context[value.Name]
		if !ok {
			given = value.Default
		}
		if !value.set(&config, fmt.Sprint(given)) {
			errs = append(errs, fmt.Errorf("context value %s is %q: it may be %s", value.Name, fmt.Sprint(given), value.May))
		}
	}
	return config, errors.Join(errs...)
}

// unknown refuses the names that look like ours and are not. The CDK's own names hold a colon, a slash or a hyphen.
func unknown(context map[string]any) (errs []error) {
	var names []string
	for _, value := range Values() {
		names = append(names, value.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(context)) {
		if matches(`[A-Za-z0-9]+`, name) && !slices.Contains(names, name) {
			errs = append(errs, fmt.Errorf("context value %s is not known: there are %s", name, strings.Join(names, ", ")))
		}
	}
	return errs
}

// retentions are the only numbers of days that CloudWatch Logs takes.
func retentions() []int {
	return []int{
		1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
	}
}

// isBaseURL tells whether s is a scheme and host, without a path, to which the functions would send credentials.
func isBaseURL(s, hosts string) bool {
	allowed, err := allowedhosts.Parse(hosts)
	if err != nil {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && u.Scheme+"://"+u.Host == s && allowed.AllowScheme(s) == nil
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
