// Command program uses the whole SDK for Go.
package main

import (
	"os"

	"github.com/owner.example/pulumi-kalshi/sdk/go/kalshi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		account, err := kalshi.NewProvider(ctx, "account", &kalshi.ProviderArgs{
			BaseUrl:    pulumi.String(os.Getenv("ROOT_URL")),
			ApiKeyId:   pulumi.String(os.Getenv("ROOT_ID")),
			PrivateKey: pulumi.String(os.Getenv("ROOT_KEY")),
		})
		if err != nil {
			return err
		}
		bot, err := kalshi.NewApiKey(ctx, "bot", &kalshi.ApiKeyArgs{
			Scopes:  pulumi.StringArray{pulumi.String("read"), kalshi.ScopeWriteTrade},
			KeyType: kalshi.KeyTypeEd25519,
		}, pulumi.Provider(account))
		if err != nil {
			return err
		}
		cached, err := kalshi.NewRotatingApiKey(ctx, "cached", &kalshi.RotatingApiKeyArgs{
			RotationDays: pulumi.Float64(30),
			OverlapDays:  pulumi.Float64(2),
			KeyType:      kalshi.KeyTypeEd25519,
		})
		if err != nil {
			return err
		}
		imported, err := kalshi.NewApiKey(ctx, "imported", &kalshi.ApiKeyArgs{
			Name:   pulumi.String("by hand"),
			Scopes: pulumi.StringArray{pulumi.String("read")},
		}, pulumi.Import(pulumi.ID(os.Getenv("IMPORT_ID"))))
		if err != nil {
			return err
		}
		listed := kalshi.GetApiKeysOutput(ctx, kalshi.GetApiKeysOutputArgs{
			NamePrefix: pulumi.String("bot-"),
		}, pulumi.Provider(account), pulumi.DependsOn([]pulumi.Resource{bot}))
		found := kalshi.LookupApiKeyOutput(ctx, kalshi.LookupApiKeyOutputArgs{ApiKeyId: bot.ApiKeyId}, pulumi.Provider(account))

		ctx.Export("apiKeyId", bot.ApiKeyId)
		ctx.Export("privateKey", bot.PrivateKey)
		ctx.Export("name", bot.Name)
		ctx.Export("currentPrivateKey", cached.Current.PrivateKey())
		ctx.Export("importedId", imported.ApiKeyId)
		ctx.Export("listedIds", listed.ApiKeys().ApplyT(func(keys []kalshi.ListedApiKey) []string {
			ids := []string{}
			for _, key := range keys {
				ids = append(ids, key.ApiKeyId)
			}
			return ids
		}))
		ctx.Export("foundName", found.Name())
		return nil
	})
}
