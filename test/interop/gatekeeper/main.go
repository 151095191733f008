// Command gatekeeper decides about objects as Gatekeeper does, by a constraint template that calls an external data provider,
// and reads the answers of admission webhooks as the API server does. It reads one JSON document a line and answers each with
// one line, in their order.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/open-policy-agent/frameworks/constraint/pkg/apis/externaldata/unversioned"
	templates "github.com/open-policy-agent/frameworks/constraint/pkg/apis/templates/v1"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers/rego"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/reviews"
	"github.com/open-policy-agent/frameworks/constraint/pkg/externaldata"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/certwatcher"
)

const enforcementPoint = "validation.gatekeeper.sh"

// setup is how Gatekeeper is configured.
type setup struct {
	Template   templates.ConstraintTemplate `json:"template"`
	Constraint map[string]interface{}       `json:"constraint"`
	Provider   struct {
		Name     string `json:"name"`
		URL      string `json:"url"`
		Timeout  int    `json:"timeout"`
		CABundle string `json:"caBundle"`
	} `json:"provider"`
	// The files of the client certificate; none if the certificate is empty.
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
	// How long responses are kept; not at all if it is 0.
	CacheSeconds int `json:"cacheSeconds"`
}

// line is one line of the input: one of its members is there.
type line struct {
	Setup  *setup                        `json:"setup"`
	Review *admissionv1.AdmissionRequest `json:"review"`
	Answer *answer                       `json:"answer"`
}

// answer is what a webhook responded to a review of an object.
type answer struct {
	Body   []byte          `json:"body"`
	Object json.RawMessage `json:"object"`
}

// result is one line of the output.
type result struct {
	Violations []string                       `json:"violations,omitempty"`
	Response   *admissionv1.AdmissionResponse `json:"response,omitempty"`
	Patched    json.RawMessage                `json:"patched,omitempty"`
	Error      string                         `json:"error,omitempty"`
}

func main() {
	lines := json.NewDecoder(bufio.NewReaderSize(os.Stdin, 1<<20))
	output := json.NewEncoder(os.Stdout)
	var gatekeeper *client.Client
	for lines.More() {
		var next line
		if err := lines.Decode(&next); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		var done result
		var err error
		switch {
		case next.Setup != nil:
			gatekeeper, err = configure(next.Setup)
		case next.Review != nil:
			done, err = decide(gatekeeper, next.Review)
		case next.Answer != nil:
			done, err = read(next.Answer)
		}
		if err != nil {
			done = result{Error: err.Error()}
		}
		if err := output.Encode(done); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// configure does what the controllers of Gatekeeper do with its resources.
func configure(given *setup) (*client.Client, error) {
	ctx := context.Background()
	cache := externaldata.NewCache()
	provider := &unversioned.Provider{ObjectMeta: metav1.ObjectMeta{Name: given.Provider.Name}}
	provider.Spec.URL = given.Provider.URL
	provider.Spec.Timeout = given.Provider.Timeout
	provider.Spec.CABundle = given.Provider.CABundle
	if err := cache.Upsert(provider); err != nil {
		return nil, err
	}
	args := []rego.Arg{rego.AddExternalDataProviderCache(cache)}
	if given.CacheSeconds > 0 {
		ttl := time.Duration(given.CacheSeconds) * time.Second
		args = append(args, rego.AddExternalDataProviderResponseCache(externaldata.NewProviderResponseCache(ctx, ttl)))
	}
	if given.Certificate != "" {
		watcher, err := certwatcher.New(given.Certificate, given.Key)
		if err != nil {
			return nil, err
		}
		args = append(args, rego.EnableExternalDataClientAuth(), rego.AddExternalDataClientCertWatcher(watcher))
	}
	driver, err := rego.New(args...)
	if err != nil {
		return nil, err
	}
	gatekeeper, err := client.NewClient(
		client.Targets(&target.K8sValidationTarget{}),
		client.Driver(driver),
		client.EnforcementPoints(enforcementPoint),
	)
	if err != nil {
		return nil, err
	}
	template, err := given.Template.ToVersionless()
	if err != nil {
		return nil, err
	}
	if _, err := gatekeeper.AddTemplate(ctx, template); err != nil {
		return nil, err
	}
	if _, err := gatekeeper.AddConstraint(ctx, &unstructured.Unstructured{Object: given.Constraint}); err != nil {
		return nil, err
	}
	return gatekeeper, nil
}

// decide returns the violations, without which Gatekeeper admits the object.
func decide(gatekeeper *client.Client, request *admissionv1.AdmissionRequest) (result, error) {
	review := target.AugmentedReview{AdmissionRequest: request, IsAdmission: true}
	responses, err := gatekeeper.Review(context.Background(), review, reviews.EnforcementPoint(enforcementPoint))
	if err != nil {
		return result{}, err
	}
	done := result{}
	for _, violation := range responses.Results() {
		done.Violations = append(done.Violations, violation.Msg)
	}
	return done, nil
}

// read decodes an answer by the types of the API, and applies its patch.
func read(given *answer) (result, error) {
	decoder := json.NewDecoder(bytes.NewReader(given.Body))
	decoder.DisallowUnknownFields()
	var review admissionv1.AdmissionReview
	if err := decoder.Decode(&review); err != nil {
		return result{}, err
	}
	if review.APIVersion != "admission.k8s.io/v1" || review.Kind != "AdmissionReview" || review.Response == nil {
		return result{}, fmt.Errorf("not the review of a response: %s %s", review.APIVersion, review.Kind)
	}
	done := result{Response: review.Response, Patched: given.Object}
	if review.Response.PatchType == nil {
		return done, nil
	}
	patch, err := jsonpatch.DecodePatch(review.Response.Patch)
	if err != nil {
		return result{}, err
	}
	done.Patched, err = patch.Apply(given.Object)
	return done, err
}
