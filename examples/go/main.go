// Command kalshi-go is a Pulumi program that creates a Kalshi API key for each bot, with no more rights than it needs.
package main

import (
	"github.com/owner.example/pulumi-kalshi/sdk/go/kalshi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		bots := map[string]pulumi.StringArray{
			"dashboard":    {pulumi.String("read")},
			"market-maker": {pulumi.String("read"), kalshi.ScopeWriteTrade},
			"treasurer":    {pulumi.String("read::portfolio_balance"), pulumi.String("write::transfer")},
		}
		// The credentials with which each bot signs its requests. The private keys are secrets.
		credentials := pulumi.Map{}
		for bot, scopes := range bots {
			key, err := kalshi.NewApiKey(ctx, bot, &kalshi.ApiKeyArgs{
				Scopes:           scopes,
				KeyType:          kalshi.KeyTypeEd25519,
				RotationTriggers: pulumi.Map{"incident": pulumi.Int(0)},
			})
			if err != nil {
				return err
			}
			credentials[bot] = pulumi.Map{"apiKeyId": key.ApiKeyId, "privateKey": key.PrivateKey}
		}
		ctx.Export("credentials", credentials)
		return nil
	})
}
