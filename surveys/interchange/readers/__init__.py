"""Programs that parse hostile files under limits, each as a process of its own."""
