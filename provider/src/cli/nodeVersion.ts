import { refuseOldNode } from "../nodeVersion";

refuseOldNode("pulumi-kalshi");
