import { refuseOldNode } from "../nodeVersion";

refuseOldNode("The Kalshi plugin");
