import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { RotatingKalshiApiKey } from "pulumi-kalshi";

// pulumi config set image registry.example/market-maker:1.0.0
const image = new pulumi.Config().require("image");

// After a rotation, a pod that shuts down still signs, for example to cancel its orders. So its key stays valid for two more days.
const { current } = new RotatingKalshiApiKey("market-maker", {
    scopes: ["read", "write::trade"],
    rotationDays: 30,
    overlapDays: 2,
});

// The Kubernetes plugin replaces a Secret whose data changes, by one with another name. So a rotation also restarts the pods.
const secret = new k8s.core.v1.Secret("market-maker", {
    stringData: current.apply(({ apiKeyId, privateKey = "" }) => ({
        "api-key-id": apiKeyId,
        "private-key.pem": privateKey,
    })),
});

const labels = { app: "market-maker" };
const volumeMounts = [{ name: "kalshi", mountPath: "/var/run/secrets/kalshi", readOnly: true }];
new k8s.apps.v1.Deployment("market-maker", {
    spec: {
        selector: { matchLabels: labels },
        template: {
            metadata: { labels },
            spec: {
                containers: [{ name: "bot", image, volumeMounts }],
                volumes: [{ name: "kalshi", secret: { secretName: secret.metadata.name } }],
            },
        },
    },
});
