package main

import (
	"context"
	"fmt"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"kvop/conformance/check"
)

var accessChecks = []check.Check{
	{Name: "access/reviews", Run: reviews},
	{Name: "access/impersonation and roles", Run: roles},
	{Name: "access/token of a service account", Run: serviceAccountToken},
	{Name: "access/a wrong token", Run: wrongToken},
}

func reviews(ctx context.Context, env check.Env) error {
	self, err := env.Client.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	access, err := env.Client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, &authorizationv1.SelfSubjectAccessReview{
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: "create", Resource: "pods", Namespace: env.Namespace}},
	}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	rules, err := env.Client.AuthorizationV1().SelfSubjectRulesReviews().Create(ctx, &authorizationv1.SelfSubjectRulesReview{
		Spec: authorizationv1.SelfSubjectRulesReviewSpec{Namespace: env.Namespace},
	}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	return check.First(
		check.Want("a name", self.Status.UserInfo.Username != "", true),
		check.Want("allowed", access.Status.Allowed, true),
		check.Want("rules", len(rules.Status.ResourceRules) > 0 && !rules.Status.Incomplete, true))
}

func roles(ctx context.Context, env check.Env) error {
	if _, err := env.Client.RbacV1().Roles(env.Namespace).Create(ctx, &rbacv1.Role{
		ObjectMeta: metav1.ObjectMeta{Name: "reader"},
		Rules:      []rbacv1.PolicyRule{{Verbs: []string{"get", "list"}, APIGroups: []string{""}, Resources: []string{"configmaps"}}},
	}, metav1.CreateOptions{}); err != nil {
		return err
	}
	if _, err := env.Client.RbacV1().RoleBindings(env.Namespace).Create(ctx, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "reader"},
		Subjects:   []rbacv1.Subject{{Kind: "User", APIGroup: rbacv1.GroupName, Name: "jane"}},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "reader"},
	}, metav1.CreateOptions{}); err != nil {
		return err
	}
	env.Config.Impersonate = rest.ImpersonationConfig{UserName: "jane"}
	jane, err := kubernetes.NewForConfig(env.Config)
	if err != nil {
		return err
	}
	// The real server learns of a binding a moment later.
	if err := check.Eventually(ctx, func() error {
		_, err := jane.CoreV1().ConfigMaps(env.Namespace).List(ctx, metav1.ListOptions{})
		return err
	}); err != nil {
		return err
	}
	_, refused := jane.CoreV1().ConfigMaps(env.Namespace).Create(ctx, configMap("a", nil), metav1.CreateOptions{})
	_, elsewhere := jane.CoreV1().Secrets("kube-system").List(ctx, metav1.ListOptions{})
	return check.First(
		check.Want("create", errors.IsForbidden(refused), true),
		check.Want("create text", refused, fmt.Sprintf(`configmaps is forbidden: User "jane" cannot create resource "configmaps" in API group "" in the namespace %q`, env.Namespace)),
		check.Want("elsewhere", errors.IsForbidden(elsewhere), true))
}

func serviceAccountToken(ctx context.Context, env check.Env) error {
	accounts := env.Client.CoreV1().ServiceAccounts(env.Namespace)
	if _, err := accounts.Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "robot"}}, metav1.CreateOptions{}); err != nil {
		return err
	}
	seconds := int64(600)
	token, err := accounts.CreateToken(ctx, "robot", &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds}}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	config := rest.AnonymousClientConfig(env.Config)
	config.BearerToken = token.Status.Token
	robot, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	self, err := robot.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	return check.First(
		check.Want("name", self.Status.UserInfo.Username, "system:serviceaccount:"+env.Namespace+":robot"),
		check.Want("groups", self.Status.UserInfo.Groups, []string{"system:serviceaccounts", "system:serviceaccounts:" + env.Namespace, "system:authenticated"}))
}

func wrongToken(ctx context.Context, env check.Env) error {
	config := rest.AnonymousClientConfig(env.Config)
	config.BearerToken = "wrong"
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	_, err = client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
	return check.Want("unauthorized", errors.IsUnauthorized(err), true)
}
