package knative

// passedOver are the kinds that say how a cluster is to be, and nothing of what
// becomes of an event: they are not looked into, and [Manifests.Unused] lists
// them. By apiVersion and kind.
var passedOver = func() map[string]bool {
	all := map[string]bool{}
	for version, of := range map[string][]string{
		"v1": {
			"LimitRange", "Namespace", "PersistentVolumeClaim", "ResourceQuota", "Secret", "Service", "ServiceAccount",
		},
		"apps/v1":                          {"StatefulSet"},
		"autoscaling/v2":                   {"HorizontalPodAutoscaler"},
		"policy/v1":                        {"PodDisruptionBudget"},
		"networking.k8s.io/v1":             {"Ingress", "NetworkPolicy"},
		"scheduling.k8s.io/v1":             {"PriorityClass"},
		"rbac.authorization.k8s.io/v1":     {"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"},
		"cert-manager.io/v1":               {"Certificate", "ClusterIssuer", "Issuer"},
		"monitoring.coreos.com/v1":         {"PodMonitor", "PrometheusRule", "ServiceMonitor"},
		"kustomize.config.k8s.io/v1beta1":  {"Kustomization"},
		"kustomize.config.k8s.io/v1alpha1": {"Component"},
		"rabbitmq.com/v1beta1":             {"Permission", "Policy", "RabbitmqCluster", "User", "Vhost"},
		"kafka.strimzi.io/v1beta2":         {"Kafka", "KafkaNodePool", "KafkaTopic", "KafkaUser"},
		"kafka.strimzi.io/v1":              {"Kafka", "KafkaNodePool", "KafkaTopic", "KafkaUser"},
		"serving.knative.dev/v1beta1":      {"DomainMapping"},
		"eventing.knative.dev/v1beta2":     {"EventType"},
		"eventing.knative.dev/v1beta3":     {"EventType"},
	} {
		for _, kind := range of {
			all[version+" "+kind] = true
		}
	}
	return all
}()
