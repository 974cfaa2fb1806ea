package main

import (
	"github.com/owner.example/pulumi-kalshi/sdk/go/kalshi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		// A key for a bot that reads the market and trades, but cannot transfer money. A changed input replaces the key.
		// All inputs, rotation and imports: https://github.com/owner.example/pulumi-kalshi#readme
		key, err := kalshi.NewApiKey(ctx, "market-maker", &kalshi.ApiKeyArgs{
			Scopes: pulumi.StringArray{pulumi.String("read"), kalshi.ScopeWriteTrade},
		})
		if err != nil {
			return err
		}
		ctx.Export("apiKeyId", key.ApiKeyId)
		// A secret: `pulumi stack output privateKey --show-secrets` prints it.
		ctx.Export("privateKey", key.PrivateKey)
		return nil
	})
}
