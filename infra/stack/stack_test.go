package stack

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ongoing24so/shared/naming"
)

func TestStack(t *testing.T) {
	tmpl, folder := synth(t, map[string]any{
		"alarmEmail": "ops@example.com", "logRetentionDays": "30", "newTrouble": "3",
	})

	t.Run("the tables outlive the stack and mistakes", func(t *testing.T) {
		t.Parallel()
		for _, name := range []string{"ongoing24so-settings", "ongoing24so-state"} {
			table := tmpl.named(t, "AWS::DynamoDB::Table", "TableName", name)
			got := map[string]any{
				"deletion policy":     table.DeletionPolicy,
				"deletion protection": table.Properties["DeletionProtectionEnabled"],
				"encryption":          table.Properties.at("SSESpecification", "SSEEnabled"),
				"recovery": table.Properties.at(
					"PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"),
				"billing": table.Properties["BillingMode"],
				"limit":   table.Properties["OnDemandThroughput"],
			}
			want := map[string]any{
				"deletion policy": "Retain", "deletion protection": true, "encryption": true, "recovery": true,
				"billing": "PAY_PER_REQUEST",
				"limit":   map[string]any{"MaxReadRequestUnits": 4000.0, "MaxWriteRequestUnits": 4000.0},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	})

	t.Run("the stack is protected from being deleted by mistake", func(t *testing.T) {
		t.Parallel()
		if !terminationProtection(t, folder, "ongoing24so") {
			t.Error("the stack has no termination protection")
		}
	})

	t.Run("the tables have the keys that the functions use", func(t *testing.T) {
		t.Parallel()
		key := func(name, kind string) any { return map[string]any{"AttributeName": name, "KeyType": kind} }
		settings := tmpl.named(t, "AWS::DynamoDB::Table", "TableName", "ongoing24so-settings").Properties
		state := tmpl.named(t, "AWS::DynamoDB::Table", "TableName", "ongoing24so-state").Properties
		if diff := cmp.Diff([]any{key("customerId", "HASH")}, settings["KeySchema"]); diff != "" {
			t.Errorf("settings (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]any{key("customerId", "HASH"), key("record", "RANGE")}, state["KeySchema"]); diff != "" {
			t.Errorf("state (-want +got):\n%s", diff)
		}
		expiry := map[string]any{"AttributeName": "expiresAt", "Enabled": true}
		if diff := cmp.Diff(expiry, state["TimeToLiveSpecification"]); diff != "" {
			t.Errorf("expiry of the state (-want +got):\n%s", diff)
		}
		if settings["TimeToLiveSpecification"] != nil {
			t.Error("settings must not expire")
		}
	})

	t.Run("logs are kept for as long as the context says, and outlive the stack", func(t *testing.T) {
		t.Parallel()
		for _, entry := range naming.Entries() {
			name := "/aws/lambda/ongoing24so-" + string(entry.Process)
			logs := tmpl.named(t, "AWS::Logs::LogGroup", "LogGroupName", name)
			if logs.Properties["RetentionInDays"] != 30.0 || logs.DeletionPolicy != "Retain" {
				t.Errorf("%s: kept %v days, %s", entry.Process, logs.Properties["RetentionInDays"], logs.DeletionPolicy)
			}
		}
	})

	t.Run("a function is configured as the process needs it", func(t *testing.T) {
		t.Parallel()
		for _, entry := range naming.Entries() {
			function := functionOf(t, tmpl, entry).Properties
			want := properties{
				"FunctionName":  "ongoing24so-" + string(entry.Process),
				"Description":   entry.About,
				"Runtime":       "provided.al2023",
				"Architectures": []any{"arm64"},
				"Handler":       "bootstrap",
				"MemorySize":    512.0,
				"Timeout":       (14 * time.Minute).Seconds(),
				"TracingConfig": map[string]any{"Mode": "Active"},
				"Tags":          []any{map[string]any{"Key": "application", "Value": "ongoing24so"}},
			}
			if diff := cmp.Diff(want, function, cmpopts.IgnoreMapEntries(func(name string, _ any) bool {
				return slices.Contains([]string{"Code", "Environment", "LoggingConfig", "Role"}, name)
			})); diff != "" {
				t.Errorf("%s (-want +got):\n%s", entry.Process, diff)
			}
			logging := function.at("LoggingConfig").(map[string]any)
			group := "/aws/lambda/ongoing24so-" + string(entry.Process)
			if logging["LogFormat"] != "JSON" || tmpl.text(logging["LogGroup"]) != group {
				t.Errorf("%s logs by %v", entry.Process, logging)
			}
		}
	})

	t.Run("a function's environment is complete", func(t *testing.T) {
		t.Parallel()
		want := map[string]string{
			"SETTINGS_TABLE":       "ongoing24so-settings",
			"STATE_TABLE":          "ongoing24so-state",
			"SECRET_PREFIX":        "ongoing24so/",
			"OFFICE24_URL":         "https://api.24sevenoffice.com",
			"ONGOING_HOSTS":        "*.ongoingsystems.se",
			"CUSTOMER_CONCURRENCY": "32",
			"LOG_LEVEL":            "INFO",
			"GOMEMLIMIT":           "460MiB",
		}
		for _, entry := range naming.Entries() {
			got := map[string]string{}
			variables := functionOf(t, tmpl, entry).Properties.at("Environment", "Variables").(map[string]any)
			for name, value := range variables {
				got[name] = tmpl.text(value)
			}
			want := maps.Clone(want)
			if entry.Process == naming.Shipments {
				want["DIGEST_TOPIC"] = "ongoing24so-digest"
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", entry.Process, diff)
			}
		}
	})

	t.Run("a function has the rights it needs and no others", func(t *testing.T) {
		t.Parallel()
		roles := map[string]string{}
		for _, entry := range naming.Entries() {
			get := functionOf(t, tmpl, entry).Properties.at("Role", "Fn::GetAtt", 0).(string)
			if other, ok := roles[get]; ok {
				t.Errorf("%s shares its role with %s", entry.Process, other)
			}
			roles[get] = string(entry.Process)

			role := tmpl.Resources[get].Properties
			want := []string{
				"Allow dynamodb:GetItem dynamodb:Scan on ongoing24so-settings.Arn",
				"Allow dynamodb:BatchGetItem dynamodb:BatchWriteItem dynamodb:DeleteItem dynamodb:GetItem " +
					"dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem on ongoing24so-state.Arn",
				"Allow secretsmanager:GetSecretValue on " +
					"arn:{Partition}:secretsmanager:{Region}:{AccountId}:secret:ongoing24so/*",
				// One call for many secrets has no resource; each secret needs the right above.
				"Allow secretsmanager:BatchGetSecretValue on *",
				"Allow logs:CreateLogStream logs:PutLogEvents on " +
					"/aws/lambda/ongoing24so-" + string(entry.Process) + ".Arn",
				"Allow sqs:SendMessage on ongoing24so-failed-events.Arn",
				// X-Ray has no resources for these two.
				"Allow xray:PutTelemetryRecords xray:PutTraceSegments on *",
			}
			if entry.Process == naming.Shipments { // it sends the daily mail
				want = append(want, "Allow sns:Publish on ongoing24so-digest")
			}
			if diff := cmp.Diff(want, tmpl.statements(role.at("Policies", 0, "PolicyDocument"))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", entry.Process, diff)
			}
			if role["ManagedPolicyArns"] != nil || role.at("Policies", 1) != nil {
				t.Errorf("%s has rights beyond its one policy: %v", entry.Process, role)
			}
			trust := []string{"Allow sts:AssumeRole to lambda.amazonaws.com"}
			if diff := cmp.Diff(trust, tmpl.statements(role["AssumeRolePolicyDocument"])); diff != "" {
				t.Errorf("%s (-want +got):\n%s", entry.Process, diff)
			}
		}
		if got := len(tmpl.all("AWS::IAM::Role")); got != len(naming.Entries()) {
			t.Errorf("there are %d roles", got)
		}
		for _, kind := range []string{"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"} {
			if len(tmpl.all(kind)) > 0 {
				t.Errorf("a %s adds rights out of sight", kind)
			}
		}
	})

	t.Run("queue and topics take messages from the stack's own rules and alarms", func(t *testing.T) {
		t.Parallel()
		queue := []string{
			"Deny sqs:* on ongoing24so-failed-events.Arn to * if Bool aws:SecureTransport false",
			"Allow sqs:SendMessage on ongoing24so-failed-events.Arn to events.amazonaws.com" +
				" if ArnLike aws:SourceArn arn:{Partition}:events:{Region}:{AccountId}:rule/ongoing24so-*",
		}
		got := tmpl.statements(tmpl.all("AWS::SQS::QueuePolicy")[0].Properties["PolicyDocument"])
		if diff := cmp.Diff(queue, got); diff != "" {
			t.Errorf("queue (-want +got):\n%s", diff)
		}
		topic := []string{
			"Deny sns:Publish on ongoing24so-alarms to * if Bool aws:SecureTransport false",
			"Allow sns:Publish on ongoing24so-alarms to cloudwatch.amazonaws.com" +
				" if ArnLike aws:SourceArn arn:{Partition}:cloudwatch:{Region}:{AccountId}:alarm:ongoing24so-*",
		}
		policies := map[string][]string{}
		for _, policy := range tmpl.all("AWS::SNS::TopicPolicy") {
			policies[tmpl.text(policy.Properties["Topics"])] = tmpl.statements(policy.Properties["PolicyDocument"])
		}
		topics := map[string][]string{
			"ongoing24so-alarms": topic,
			"ongoing24so-digest": {"Deny sns:Publish on ongoing24so-digest to * if Bool aws:SecureTransport false"},
		}
		if diff := cmp.Diff(topics, policies); diff != "" {
			t.Errorf("topics (-want +got):\n%s", diff)
		}
		if tmpl.all("AWS::SQS::Queue")[0].Properties["SqsManagedSseEnabled"] != true {
			t.Error("the queue is not encrypted")
		}
	})

	t.Run("an event that failed is not tried again, and is kept", func(t *testing.T) {
		t.Parallel()
		for _, entry := range naming.Entries() {
			name := "ongoing24so-" + string(entry.Process)
			invoke := tmpl.named(t, "AWS::Lambda::EventInvokeConfig", "FunctionName", name).Properties
			got := []any{
				invoke["MaximumRetryAttempts"], invoke["MaximumEventAgeInSeconds"],
				tmpl.text(invoke.at("DestinationConfig", "OnFailure", "Destination")),
			}
			want := []any{0.0, naming.Period.Seconds(), "ongoing24so-failed-events.Arn"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", entry.Process, diff)
			}
		}
	})

	t.Run("the processes are staggered", func(t *testing.T) {
		t.Parallel()
		want := map[string]string{
			"ongoing24so-articles-1":    "cron(0/15 * * * ? *)",
			"ongoing24so-salesorders-1": "cron(3/15 * * * ? *)",
			"ongoing24so-shipments-1":   "cron(6/15 * * * ? *)",
			"ongoing24so-stock-1":       "cron(9/15 * * * ? *)",
			"ongoing24so-suppliers-1":   "cron(12/15 * * * ? *)",
			"ongoing24so-digest":        "cron(0 5 * * ? *)",
		}
		got := map[string]string{}
		for _, rule := range tmpl.all("AWS::Events::Rule") {
			got[tmpl.text(rule.Properties["Name"])] = tmpl.text(rule.Properties["ScheduleExpression"])
			if rule.Properties["State"] != "ENABLED" {
				t.Errorf("%v is %v", rule.Properties["Name"], rule.Properties["State"])
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("rules (-want +got):\n%s", diff)
		}
	})

	t.Run("every rule may start its function", func(t *testing.T) { t.Parallel(); checkTargets(t, tmpl, 1, 1) })
	t.Run("there is one set of alarms", func(t *testing.T) { t.Parallel(); checkAlarms(t, tmpl) })
	t.Run("the alarms fire when they should", func(t *testing.T) { t.Parallel(); checkConditions(t, tmpl) })
	t.Run("fleet alarms suppress those of customers", func(t *testing.T) { t.Parallel(); checkMails(t, tmpl) })
	t.Run("it costs less than 10 USD a month", func(t *testing.T) { t.Parallel(); checkFixedCost(t, tmpl) })

	t.Run("the e-mail address receives the alarms and the daily mail", func(t *testing.T) {
		t.Parallel()
		got := map[string]any{}
		for _, subscription := range tmpl.all("AWS::SNS::Subscription") {
			p := subscription.Properties
			got[tmpl.text(p["TopicArn"])] = fmt.Sprint(p["Protocol"], " ", p["Endpoint"])
		}
		want := map[string]any{
			"ongoing24so-alarms": "email ops@example.com", "ongoing24so-digest": "email ops@example.com",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("subscriptions (-want +got):\n%s", diff)
		}
	})

	t.Run("the daily mail is sent by shipments", func(t *testing.T) {
		t.Parallel()
		rule := tmpl.named(t, "AWS::Events::Rule", "Name", "ongoing24so-digest").Properties
		got := []any{tmpl.text(rule.at("Targets", 0, "Arn")), rule.at("Targets", 0, "Input"), rule.at("Targets", 1)}
		if diff := cmp.Diff([]any{"ongoing24so-shipments.Arn", `{"digest":true}`, nil}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})

	t.Run("the dashboard shows every figure and every alarm", func(t *testing.T) {
		t.Parallel()
		body := tmpl.text(tmpl.all("AWS::CloudWatch::Dashboard")[0].Properties["DashboardBody"])
		if !json.Valid([]byte(body)) {
			t.Fatal("the dashboard is not JSON")
		}
		for _, metric := range metrics() {
			if !strings.Contains(body, fmt.Sprintf(`[%q,%q,`, naming.MetricNamespace, metric)) {
				t.Errorf("%s is not shown", metric)
			}
		}
		kinds := slices.Concat(tmpl.all("AWS::CloudWatch::Alarm"), tmpl.all("AWS::CloudWatch::CompositeAlarm"))
		for _, alarm := range kinds {
			if name := tmpl.text(alarm.Properties["AlarmName"]); !strings.Contains(body, ":alarm:"+name+`"`) {
				t.Errorf("alarm %s is not shown", name)
			}
		}
		// A dashboard of up to fifty metrics is free for the first three of an account.
		if n := strings.Count(body, `","Process","`) + strings.Count(body, `"AWS/`); n < 20 || n > 50 {
			t.Errorf("%d metrics are shown", n)
		}
	})

	t.Run("the saved queries read the logs of every process", func(t *testing.T) {
		t.Parallel()
		groups := "/aws/lambda/ongoing24so-articles /aws/lambda/ongoing24so-salesorders" +
			" /aws/lambda/ongoing24so-shipments /aws/lambda/ongoing24so-stock /aws/lambda/ongoing24so-suppliers"
		var names []string
		for _, query := range tmpl.all("AWS::Logs::QueryDefinition") {
			names = append(names, tmpl.text(query.Properties["Name"]))
			if diff := cmp.Diff(groups, tmpl.text(query.Properties["LogGroupNames"])); diff != "" {
				t.Errorf("%v (-want +got):\n%s", query.Properties["Name"], diff)
			}
		}
		for _, want := range []string{
			"ongoing24so/What happened to order N", "ongoing24so/Who has trouble now, since when, and why",
		} {
			if !slices.Contains(names, want) {
				t.Errorf("there is no query %q among %q", want, names)
			}
		}
	})

	t.Run("the outputs name everything an operator needs", func(t *testing.T) {
		t.Parallel()
		want := map[string]string{
			"SettingsTable":       "ongoing24so-settings",
			"StateTable":          "ongoing24so-state",
			"ArticlesFunction":    "ongoing24so-articles",
			"SalesordersFunction": "ongoing24so-salesorders",
			"ShipmentsFunction":   "ongoing24so-shipments",
			"StockFunction":       "ongoing24so-stock",
			"SuppliersFunction":   "ongoing24so-suppliers",
			"SecretPrefix":        "ongoing24so/",
			"AlarmTopic":          "ongoing24so-alarms",
			"DigestTopic":         "ongoing24so-digest",
			"FailedEventsQueue":   "ongoing24so-failed-events",
			"DashboardUrl": "https://{Region}.console.aws.amazon.com/cloudwatch/home?region={Region}" +
				"#dashboards/dashboard/ongoing24so-{Region}",
		}
		got := map[string]string{}
		for name, output := range tmpl.Outputs {
			got[name] = tmpl.text(output.Value)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("outputs (-want +got):\n%s", diff)
		}
	})
}

func TestStackOfSegments(t *testing.T) {
	tmpl, _ := synth(t, map[string]any{"segments": "7"})

	t.Run("more segments than a rule has targets make further rules", func(t *testing.T) {
		t.Parallel()
		checkTargets(t, tmpl, 7, 2)
	})

	t.Run("all segments have to complete their runs", func(t *testing.T) {
		t.Parallel()
		for _, entry := range naming.Entries() {
			name := "ongoing24so-" + string(entry.Process) + "-no-run"
			alarm := tmpl.named(t, "AWS::CloudWatch::Alarm", "AlarmName", name)
			if alarm.Properties["Threshold"] != 7.0 {
				t.Errorf("%s: the threshold is %v runs", entry.Process, alarm.Properties["Threshold"])
			}
		}
	})
}

func TestStackWithLimitOfUnits(t *testing.T) {
	tmpl, _ := synth(t, map[string]any{"tableUnits": "250"})
	for _, table := range tmpl.all("AWS::DynamoDB::Table") {
		want := map[string]any{"MaxReadRequestUnits": 250.0, "MaxWriteRequestUnits": 250.0}
		if diff := cmp.Diff(want, table.Properties["OnDemandThroughput"]); diff != "" {
			t.Errorf("%v (-want +got):\n%s", table.Properties["TableName"], diff)
		}
	}
}

func TestStackWithMoreMemory(t *testing.T) {
	tmpl, _ := synth(t, map[string]any{"memoryMiB": "1024"})
	for _, entry := range naming.Entries() {
		f := tmpl.named(t, "AWS::Lambda::Function", "FunctionName", naming.Function("ongoing24so", entry.Process))
		variables := f.Properties["Environment"].(map[string]any)["Variables"].(map[string]any)
		if f.Properties["MemorySize"] != 1024.0 || variables["GOMEMLIMIT"] != "921MiB" {
			t.Errorf("%s: %v MiB, GOMEMLIMIT %v", entry.Process, f.Properties["MemorySize"], variables["GOMEMLIMIT"])
		}
	}
}

func TestStackForTests(t *testing.T) {
	tmpl, folder := synth(t, map[string]any{"stackName": "trial", "ephemeral": "true", "secretPrefix": "trial/"})

	t.Run("it can be deleted without a change", func(t *testing.T) {
		t.Parallel()
		if terminationProtection(t, folder, "trial") {
			t.Error("the stack has termination protection")
		}
	})

	t.Run("nothing outlives it", func(t *testing.T) {
		t.Parallel()
		for id, resource := range tmpl.Resources {
			if resource.DeletionPolicy == "Retain" || resource.Properties["DeletionProtectionEnabled"] == true {
				t.Errorf("%s stays", id)
			}
		}
	})

	t.Run("its names are not those of another stack", func(t *testing.T) {
		t.Parallel()
		everything, err := json.Marshal(tmpl)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{naming.DefaultSecretPrefix, "ongoing24so-"} {
			if strings.Contains(string(everything), name) {
				t.Errorf("the template has the name %q of the stack ongoing24so", name)
			}
		}
	})
}

// checkTargets checks the rules of each process: every segment once, at most five targets a rule (EventBridge's limit).
func checkTargets(t *testing.T, tmpl template, segments, rules int) {
	var want []string
	for segment := range segments {
		want = append(want, fmt.Sprintf(`{"segment":%d,"segments":%d}`, segment, segments))
	}
	for _, entry := range naming.Entries() {
		name := "ongoing24so-" + string(entry.Process)
		var inputs, crons []string
		for number := range rules {
			rule := tmpl.named(t, "AWS::Events::Rule", "Name", fmt.Sprintf("%s-%d", name, number+1)).Properties
			crons = append(crons, rule["ScheduleExpression"].(string))
			targets := rule["Targets"].([]any)
			if len(targets) > 5 {
				t.Errorf("%s has %d targets", name, len(targets))
			}
			for _, target := range targets {
				inputs = append(inputs, at(target, "Input").(string))
				got := []any{tmpl.text(at(target, "Arn")), at(target, "RetryPolicy", "MaximumEventAgeInSeconds"),
					tmpl.text(at(target, "DeadLetterConfig", "Arn"))}
				if diff := cmp.Diff([]any{name + ".Arn", 900.0, "ongoing24so-failed-events.Arn"}, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
			allowed := slices.ContainsFunc(tmpl.all("AWS::Lambda::Permission"), func(permission resource) bool {
				return tmpl.text(permission.Properties["FunctionName"]) == name+".Arn" &&
					tmpl.text(permission.Properties["SourceArn"]) == fmt.Sprintf("%s-%d.Arn", name, number+1) &&
					permission.Properties["Principal"] == "events.amazonaws.com" &&
					permission.Properties["Action"] == "lambda:InvokeFunction"
			})
			if !allowed {
				t.Errorf("rule %d may not start %s", number+1, name)
			}
		}
		if diff := cmp.Diff(want, inputs); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if len(slices.Compact(crons)) != 1 {
			t.Errorf("the rules of %s fire at different times: %q", name, crons)
		}
	}
	withDigest := rules*len(naming.Entries()) + 1
	if got := len(tmpl.all("AWS::Events::Rule")); got != withDigest {
		t.Errorf("there are %d rules", got)
	}
	if got := len(tmpl.all("AWS::Lambda::Permission")); got != withDigest {
		t.Errorf("there are %d permissions to start a function", got)
	}
}

// checkAlarms checks that there is every kind of alarm, once or for each process.
func checkAlarms(t *testing.T, tmpl template) {
	want := []string{
		"failed-events", "left-over", "outage", "vendor-throttled", "customers-stopped", "new-failures", "orders-stuck",
		"unexplained-drift", "customers-near-quota", "fleet", "customers",
	}
	for _, entry := range naming.Entries() {
		want = append(want, string(entry.Process)+"-no-run")
	}
	var got []string
	for name := range alarmTexts(tmpl) {
		got = append(got, strings.TrimPrefix(name, "ongoing24so-"))
	}
	if diff := cmp.Diff(want, got, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("alarms (-want +got):\n%s", diff)
	}
}

// alarmTexts returns what each alarm says, by its name.
func alarmTexts(tmpl template) map[string]string {
	texts := map[string]string{}
	for _, alarm := range slices.Concat(
		tmpl.all("AWS::CloudWatch::Alarm"), tmpl.all("AWS::CloudWatch::CompositeAlarm"),
	) {
		texts[tmpl.text(alarm.Properties["AlarmName"])] = tmpl.text(alarm.Properties["AlarmDescription"])
	}
	return texts
}

// checkMails checks which alarms send a mail, and what suppresses it.
func checkMails(t *testing.T, tmpl template) {
	mailing := map[string]string{}
	for _, alarm := range slices.Concat(
		tmpl.all("AWS::CloudWatch::Alarm"), tmpl.all("AWS::CloudWatch::CompositeAlarm"),
	) {
		p := alarm.Properties
		if p["AlarmActions"] != nil {
			mailing[tmpl.text(p["AlarmName"])] = tmpl.text(p["AlarmActions"])
		}
		if p["OKActions"] != nil || p["InsufficientDataActions"] != nil {
			t.Errorf("%v sends a mail when it goes off", p["AlarmName"])
		}
	}
	want := map[string]string{
		"ongoing24so-failed-events": "ongoing24so-alarms", "ongoing24so-left-over": "ongoing24so-alarms",
		"ongoing24so-fleet": "ongoing24so-alarms", "ongoing24so-customers": "ongoing24so-alarms",
	}
	if diff := cmp.Diff(want, mailing); diff != "" {
		t.Errorf("mails (-want +got):\n%s", diff)
	}
	members := func(name string) (names []string) {
		composite := tmpl.named(t, "AWS::CloudWatch::CompositeAlarm", "AlarmName", name).Properties
		rule := tmpl.text(composite["AlarmRule"])
		for _, alarm := range tmpl.all("AWS::CloudWatch::Alarm") {
			if name := tmpl.text(alarm.Properties["AlarmName"]); strings.Contains(rule, name+".Arn") {
				names = append(names, strings.TrimPrefix(name, "ongoing24so-"))
			}
		}
		if strings.Count(rule, " OR ") != len(names)-1 || strings.Count(rule, "ALARM(") != len(names) {
			t.Errorf("%s has the rule %s", name, rule)
		}
		return names
	}
	fleet := []string{
		"articles-no-run", "salesorders-no-run", "shipments-no-run", "stock-no-run", "suppliers-no-run", "outage",
		"vendor-throttled",
	}
	sorted := cmpopts.SortSlices(strings.Compare)
	if diff := cmp.Diff(fleet, members("ongoing24so-fleet"), sorted); diff != "" {
		t.Errorf("fleet (-want +got):\n%s", diff)
	}
	single := []string{
		"customers-stopped", "new-failures", "orders-stuck", "unexplained-drift", "customers-near-quota",
	}
	if diff := cmp.Diff(single, members("ongoing24so-customers"), sorted); diff != "" {
		t.Errorf("customers (-want +got):\n%s", diff)
	}
	p := tmpl.named(t, "AWS::CloudWatch::CompositeAlarm", "AlarmName", "ongoing24so-customers").Properties
	got := []any{
		tmpl.text(p["ActionsSuppressor"]), p["ActionsSuppressorWaitPeriod"], p["ActionsSuppressorExtensionPeriod"],
	}
	if diff := cmp.Diff([]any{"ongoing24so-fleet.Arn", 1800.0, 3600.0}, got); diff != "" {
		t.Errorf("suppressor (-want +got):\n%s", diff)
	}
}

// checkConditions spells out when the alarms of one process fire; the same code makes the others.
func checkConditions(t *testing.T, tmpl template) {
	const least, below = "GreaterThanOrEqualToThreshold", "LessThanThreshold"
	tests := []struct {
		name, metric, statistic, comparison string
		threshold                           float64
		datapoints, periods                 float64
		seconds                             float64
		missing                             string
	}{
		{
			name: "stock-no-run", metric: "RunsCompleted", statistic: "Sum", comparison: below,
			threshold: 1, datapoints: 2, periods: 2, seconds: 900, missing: "breaching",
		},
		{
			name: "left-over", metric: "RunsCutShort", statistic: "Sum", comparison: least,
			threshold: 1, datapoints: 24, periods: 24, seconds: 900, missing: "notBreaching",
		},
		{
			name: "vendor-throttled", metric: "VendorThrottled", statistic: "Sum", comparison: least,
			threshold: 1, datapoints: 3, periods: 4, seconds: 900, missing: "notBreaching",
		},
		{
			name: "customers-stopped", metric: "CustomersNewlyStopped", statistic: "Maximum", comparison: least,
			threshold: 3, datapoints: 1, periods: 4, seconds: 900, missing: "notBreaching",
		},
		{
			name: "new-failures", metric: "CustomersWithNewFailures", statistic: "Maximum", comparison: least,
			threshold: 3, datapoints: 1, periods: 4, seconds: 900, missing: "notBreaching",
		},
		{
			name: "orders-stuck", metric: "OrdersNewlyStuck", statistic: "Sum", comparison: least,
			threshold: 3, datapoints: 1, periods: 4, seconds: 900, missing: "notBreaching",
		},
		{
			name: "unexplained-drift", metric: "UnexplainedDrift", statistic: "Sum", comparison: least,
			threshold: 3, datapoints: 1, periods: 4, seconds: 900, missing: "notBreaching",
		},
		{
			name: "customers-near-quota", metric: "CustomersNearQuota", statistic: "Maximum", comparison: least,
			threshold: 1, datapoints: 1, periods: 4, seconds: 900, missing: "notBreaching",
		},
		{
			name: "outage", metric: "Outages", statistic: "Sum", comparison: least,
			threshold: 1, datapoints: 2, periods: 2, seconds: 900, missing: "notBreaching",
		},
		{
			name: "failed-events", metric: "ApproximateNumberOfMessagesVisible",
			statistic: "Maximum", comparison: least,
			threshold: 1, datapoints: 1, periods: 1, seconds: 300, missing: "notBreaching",
		},
	}
	for _, test := range tests {
		alarm := tmpl.named(t, "AWS::CloudWatch::Alarm", "AlarmName", "ongoing24so-"+test.name).Properties
		datapoints, _ := alarm["DatapointsToAlarm"].(float64) // absent: all of them
		got := []any{alarm["MetricName"], alarm["Statistic"], alarm["ComparisonOperator"], alarm["Threshold"],
			datapoints, alarm["EvaluationPeriods"], alarm["Period"], alarm["TreatMissingData"]}
		want := []any{test.metric, test.statistic, test.comparison, test.threshold,
			test.datapoints, test.periods, test.seconds, test.missing}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
	for _, alarm := range tmpl.all("AWS::CloudWatch::Alarm") {
		if alarm.Properties["Namespace"] != naming.MetricNamespace {
			continue
		}
		name, dimension := tmpl.text(alarm.Properties["AlarmName"]), alarm.Properties.at("Dimensions", 0, "Name")
		// Only shipments counts orders that are stuck.
		perProcess := strings.HasSuffix(name, "-no-run") || strings.HasSuffix(name, "-orders-stuck")
		if perProcess != (dimension == "Process") {
			t.Errorf("%s watches the series by %v", name, dimension)
		}
	}
}

// checkFixedCost checks what the stack costs without customers, at list prices of CloudWatch without the free tier:
// what its alarms look at, the dashboard, and the metrics that are never zero while the four processes that are on by
// default run: RunsCompleted of each process, CustomersSynced and VendorCalls of those four.
func checkFixedCost(t *testing.T, tmpl template) {
	const perAlarm, perComposite, perDashboard, perMetric, most = 0.10, 0.50, 3.00, 0.30, 10.0
	alarms := 0
	for _, alarm := range tmpl.all("AWS::CloudWatch::Alarm") {
		if alarm.Properties["Metrics"] != nil {
			t.Errorf("%v watches more than one metric, and each costs", alarm.Properties["AlarmName"])
		}
		alarms++
	}
	metrics := len(naming.Entries()) + 2*(len(naming.Entries())-1)
	composites := len(tmpl.all("AWS::CloudWatch::CompositeAlarm"))
	dashboards := len(tmpl.all("AWS::CloudWatch::Dashboard"))
	cost := perAlarm*float64(alarms) + perComposite*float64(composites) + perDashboard*float64(dashboards) +
		perMetric*float64(metrics)
	if cost >= most {
		t.Errorf("%d alarms, %d composite alarms, %d dashboards and %d metrics cost %.2f USD a month",
			alarms, composites, dashboards, metrics, cost)
	}
}

func functionOf(t *testing.T, tmpl template, entry naming.Entry) resource {
	t.Helper()
	return tmpl.named(t, "AWS::Lambda::Function", "FunctionName", "ongoing24so-"+string(entry.Process))
}

// statements returns a policy's statements as sentences, so that a comparison sees every right in full.
func (tmpl template) statements(document any) []string {
	var sentences []string
	for i := range len(at(document, "Statement").([]any)) {
		statement := at(document, "Statement", i).(map[string]any)
		sentence := tmpl.text(statement["Effect"]) + " " + tmpl.text(statement["Action"])
		if statement["Resource"] != nil {
			sentence += " on " + tmpl.text(statement["Resource"])
		}
		if principal := statement["Principal"]; principal != nil {
			for _, who := range []string{"Service", "AWS"} {
				if named := at(principal, who); named != nil {
					principal = named
				}
			}
			sentence += " to " + tmpl.text(principal)
		}
		conditions, _ := statement["Condition"].(map[string]any)
		for operator, operands := range conditions {
			for key, value := range operands.(map[string]any) {
				sentence += fmt.Sprintf(" if %s %s %s", operator, key, tmpl.text(value))
			}
		}
		for _, odd := range []string{"NotAction", "NotResource", "NotPrincipal"} {
			if statement[odd] != nil {
				sentence += " " + odd
			}
		}
		sentences = append(sentences, sentence)
	}
	return sentences
}

// metrics are those that the dashboard shows. The others are in an alarm, or in the table of who has trouble.
func metrics() []string {
	return []string{
		naming.MetricLatencySeconds, naming.MetricRecordsWritten, naming.MetricRecordsFailed,
		naming.MetricRecordsHeld, naming.MetricOrdersStuck, naming.MetricOldestSyncAgeSeconds,
		naming.MetricVendorCalls, naming.MetricVendorThrottled,
	}
}
